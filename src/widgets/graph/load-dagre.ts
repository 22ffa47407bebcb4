import { createRequire } from "node:module"
import type * as Dagre from "@dagrejs/dagre"

const require = createRequire(import.meta.url)
let loaded: typeof Dagre | undefined

/** dagre, loaded with the first graph that is drawn: most cells draw none. */
export function dagre(): typeof Dagre {
  loaded ??= require("@dagrejs/dagre") as typeof Dagre
  return loaded
}
