import type { Mimebundle } from "./dict.js"
import { displaySymbol } from "./displayable.js"
import { rawBundle } from "./raw-bundle.js"
import { plainText } from "./values/plain-text.js"
import { recognize } from "./values/recognize.js"
import { Specimen } from "./values/specimen.js"

export { type Displayable, displaySymbol } from "./displayable.js"
export { rawBundle } from "./raw-bundle.js"
export { plainText } from "./values/plain-text.js"

/**
 * How a value is shown: by its own display method, else as what it is recognized to be, else as text.
 * Gives a promise only where the value's own method does.
 */
export function mimeBundle(value: unknown): Mimebundle | Promise<Mimebundle> {
  if (value === null || (typeof value !== "object" && typeof value !== "function"))
    return { "text/plain": plainText(value) }
  const specimen = new Specimen(value)
  const display = specimen.get(displaySymbol)
  if (typeof display !== "function") return recognize(specimen)
  // What the method itself throws is its author's to see: it fails the cell.
  const bundle: unknown = Reflect.apply(display, value, [])
  if (bundle instanceof Promise) return bundle.then((made) => ownBundle(made, value))
  return ownBundle(bundle, value)
}

function ownBundle(bundle: unknown, value: object): Mimebundle {
  if (bundle === null || typeof bundle !== "object") return { "text/plain": plainText(value) }
  const made = rawBundle(bundle)
  return "text/plain" in made ? made : { ...made, "text/plain": plainText(value) }
}
