import type { Layer, Message } from "../net/index.js"
import { UnsupportedLayer } from "./problems.js"

/**
 * Forks give one layer type several meanings. A field of its section that this program does not know may be one that changes what
 * the layer computes, so such a layer is shown and not run.
 */
export function unknownFieldIn(
  { name, message }: Layer,
  section: string,
  known: readonly string[],
): UnsupportedLayer | undefined {
  const fields = Object.keys((message[section] as Message | undefined) ?? {})
  const other = fields.find((field) => !known.includes(field))
  if (other === undefined) return undefined
  return new UnsupportedLayer("unsupported fork field", `${section}.${other} in layer ${name}`)
}
