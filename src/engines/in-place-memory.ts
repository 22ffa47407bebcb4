import type { Call } from "../layers/index.js"
import type { Layer } from "../net/index.js"

/** What a layer that ran in place has kept of its bottom, which its top then overwrote. */
export interface Kept {
  /** The bottom again. @param top what stands in its place */
  restore(top: Float32Array): Float32Array
}

/**
 * A way to remember pre-activations for the backward pass, as a framework has to whose layers overwrite their
 * bottoms. Nets here are in SSA form and overwrite nothing: this lets a pass read what such a framework would
 * read.
 */
export interface InPlaceMemory {
  readonly name: string
  /** @throws PrelabError where what is kept would not be enough */
  keep(call: Call<unknown>, bottom: Float32Array): Kept
}

/**
 * PReLU alone needs its bottom after it was overwritten: to the others' backward passes the top is as good.
 */
export function remembers({ type, bottoms, tops }: Layer): boolean {
  return type === "PReLU" && bottoms[0]!.blob === tops[0]!.blob
}
