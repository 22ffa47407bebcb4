import { assemble } from "./assembler.js"
import { bottomDiff, weightDiff } from "./convolution-kernels.js"
import { called } from "./items-function.js"
import { maxPool, maxPoolDiff } from "./pooling-kernels.js"
import { prelu, preluDiff } from "./prelu-kernels.js"
import { pack, product } from "./product-kernels.js"

/** What threads can be asked for. */
const made = { pack, product, weightDiff, bottomDiff, prelu, preluDiff, maxPool, maxPoolDiff }

export type Kernel = keyof typeof made

/** The names of a kernel's parameters after `item`, `end` and `scratch`. */
export type ParameterOf<K extends Kernel> = (typeof made)[K]["names"][number]

export const kernelNames = Object.keys(made) as Kernel[]

export function parametersOf<K extends Kernel>(kernel: K): readonly ParameterOf<K>[] {
  return made[kernel].names
}

/** The module's bytes, for a memory of at most so many pages. */
export function assembleKernels(memory: { readonly pages: number; readonly shared: boolean }) {
  return assemble([...called, ...Object.values(made).map((each) => each.made)], memory)
}
