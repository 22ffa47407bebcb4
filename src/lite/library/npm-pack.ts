import { PrelabError } from "../../error.js"

export async function npmPack(name: string): Promise<never> {
  throw new PrelabError("no npm in a browser", name, {
    hint: "read files beside the notebook: loadArray, loadImages",
  })
}
