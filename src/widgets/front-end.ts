import { existsSync, readFileSync } from "node:fs"
import { PrelabError } from "../error.js"

/**
 * The browser's half of a widget as text: `npm run build` bundles each `widgets/<name>` into dist/widgets. With PRELAB_DEV=1 as the
 * files, which `npm run dev` writes anew when their sources are saved.
 *
 * @throws PrelabError when it was not built
 */
export function frontEnd(name: string): { esm: string | URL; css: string | URL } {
  // From src/widgets as from dist/widgets, two folders up is the package.
  const file = (ending: string) => new URL(`../../dist/widgets/${name}.${ending}`, import.meta.url)
  if (!existsSync(file("js")))
    throw new PrelabError("widget not built", name, { hint: "npm run build makes it" })
  if (process.env.PRELAB_DEV === "1") return { esm: file("js"), css: file("css") }
  return { esm: readFileSync(file("js"), "utf8"), css: readFileSync(file("css"), "utf8") }
}
