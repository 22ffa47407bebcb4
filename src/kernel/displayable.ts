import type { Mimebundle } from "./dict.js"

/** Objects that show themselves: `[Symbol.for("Jupyter.display")]()` returns their MIME bundle. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never

export interface Displayable {
  [displaySymbol](): Mimebundle | Promise<Mimebundle>
}
