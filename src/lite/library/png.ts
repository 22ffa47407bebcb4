import { PrelabError } from "../../error.js"

/** The page draws figures itself: no notebook here needs them as pictures. */
export function wantsPng(): boolean {
  return false
}

export async function figurePng(): Promise<never> {
  throw new PrelabError("not in a browser", "a picture of a figure", { hint: "plotly's menu has one" })
}
