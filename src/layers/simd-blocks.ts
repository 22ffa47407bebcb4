import { assemble } from "./simd/assembler.js"
import { BLOCK, blocksFunction } from "./simd/blocks.js"
import { PAGE, webAssembly } from "./simd/web-assembly.js"

export { BLOCK }

/** Two doubles at a time, through WebAssembly's vectors: blocks of 4 x 4 results from packed operands. */
export interface SimdBlocks {
  /**
   * For every panel of four rows of A, sum over k of A[row, k] B[column, k] for four columns. A panel holds
   * the first values of its four rows, then the second, and so on.
   *
   * @param a where the panels of A begin, in doubles; likewise b, the panel of B, and c, the results:
   * [panels, 4, 4]
   */
  run(a: number, b: number, c: number, k: number, panels: number): void
  /** The memory that those are places in, of at least so many doubles. */
  memory(doubles: number): Float64Array
}

/** Undefined where there is no WebAssembly, or none with vectors. */
export function makeSimdBlocks(): SimdBlocks | undefined {
  const api = webAssembly()
  const pages = 2 ** 15
  const bytes = assemble([blocksFunction("blocks", "store")], { pages, shared: false })
  if (!api?.validate(bytes)) return undefined
  const memory = new api.Memory({ initial: 1, maximum: pages, shared: false })
  const { exports } = new api.Instance(new api.Module(bytes), { env: { memory } })
  const { blocks } = exports as { blocks: SimdBlocks["run"] }
  let view = new Float64Array(memory.buffer)
  return {
    run: (a, b, c, k, panels) => blocks(8 * a, 8 * b, 8 * c, k, panels),
    memory(doubles) {
      const missing = 8 * doubles - memory.buffer.byteLength
      if (missing > 0) {
        memory.grow(Math.ceil(missing / PAGE))
        view = new Float64Array(memory.buffer)
      }
      return view
    },
  }
}
