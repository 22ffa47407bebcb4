/** Rows and columns of one block of results. */
export const BLOCK = 4

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

const PAGE = 2 ** 16

/** What is used of WebAssembly, whose types come with those of a browser's page only. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
      readonly blocks: SimdBlocks["run"]
    }
  }
}

/** Undefined where there is no WebAssembly, or none with vectors. */
export function makeSimdBlocks(): SimdBlocks | undefined {
  const { WebAssembly: api } = globalThis as { WebAssembly?: WebAssemblyApi }
  const bytes = assemble()
  if (!api?.validate(bytes)) return undefined
  const { memory, blocks } = new api.Instance(new api.Module(bytes)).exports
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

/*
 * The module, in WebAssembly's binary format (https://webassembly.github.io/spec/core/binary/). Products and sums stay two instructions, each
 * rounded, so results are those of the same loops in JavaScript, bit for bit.
 */
const I32 = 0x7f
const V128 = 0x7b
const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const constant = (value: number) => [0x41, value]
const add = [0x6a]
const subtract = [0x6b]
const loop = [0x03, 0x40]
const end = [0x0b]
const branchIf = [0x0d, 0]
/** Alignment 2^3 bytes, then the offset. */
const at = (offset: number) => [3, ...leb(offset)]
const loadVector = (offset: number) => [0xfd, 0x00, ...at(offset)]
const loadTwice = (offset: number) => [0xfd, 0x0a, ...at(offset)]
const storeVector = (offset: number) => [0xfd, 0x0b, ...at(offset)]
const zeroVector = [0xfd, 0x0c, ...new Array<number>(16).fill(0)]
const addVectors = [0xfd, 0xf0, 0x01]
const multiplyVectors = [0xfd, 0xf2, 0x01]

/** An unsigned number in LEB128. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content]
}

function named(name: string, kind: number): number[] {
  return [name.length, ...new TextEncoder().encode(name), kind, 0]
}

/** Parameters 0 to 4, then a place in B, a count, and vectors: eight sums, two of B, one of A. */
const [A, B, C, K, PANELS, PLACE, LEFT, SUMS, LOW, HIGH, BOTH] = [0, 1, 2, 3, 4, 5, 6, 7, 15, 16, 17]

function assemble(): Uint8Array {
  const sums = Array.from({ length: 2 * BLOCK }, (_, i) => SUMS + i)
  const product = (sum: number, part: number) => [
    ...[...get(sum), ...get(BOTH), ...get(part)],
    ...[...multiplyVectors, ...addVectors, ...set(sum)],
  ]
  const advance = (place: number, bytes: number) => [...get(place), ...constant(bytes), ...add, ...set(place)]
  const count = (left: number) => [
    ...[...get(left), ...constant(1), ...subtract, ...set(left)],
    ...[...get(left), ...branchIf],
  ]
  const body = [
    ...loop,
    ...sums.flatMap((sum) => [...zeroVector, ...set(sum)]),
    ...[...get(B), ...set(PLACE), ...get(K), ...set(LEFT)],
    ...loop,
    ...[...get(PLACE), ...loadVector(0), ...set(LOW), ...get(PLACE), ...loadVector(16), ...set(HIGH)],
    ...Array.from({ length: BLOCK }, (_, row) => [
      ...[...get(A), ...loadTwice(8 * row), ...set(BOTH)],
      ...[...product(sums[2 * row]!, LOW), ...product(sums[2 * row + 1]!, HIGH)],
    ]).flat(),
    ...[...advance(A, 32), ...advance(PLACE, 32), ...count(LEFT), ...end],
    ...sums.flatMap((sum, i) => [...get(C), ...get(sum), ...storeVector(16 * i)]),
    // 128 as signed LEB128.
    ...[...get(C), 0x41, 0x80, 0x01, ...add, ...set(C)],
    ...[...count(PANELS), ...end],
    ...end,
  ]
  const code = [2, 2, I32, 11, V128, ...body]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...named("memory", 2), ...named("blocks", 0)]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ])
}
