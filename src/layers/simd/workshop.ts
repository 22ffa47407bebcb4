import { eachPart } from "../parts.js"
import { arrayFor } from "./array-pool.js"
import { assembleKernels, type Kernel, kernelNames, type ParameterOf, parametersOf } from "./kernels.js"
import { canShareMemory, Threads } from "./threads.js"
import { PAGE, type WasmMemory, type WebAssemblyApi, webAssembly } from "./web-assembly.js"

/** The most that a job may take of memory, in bytes, which stays with the process. */
const MOST = 2 ** 29

/** What is set down lies at multiples of it. */
const ALIGNMENT = 16

/**
 * The memory in which kernels work: what a layer needs is set down in it, jobs are run, and results are taken
 * out. The next layer begins with an empty one.
 */
export class Workshop {
  readonly #memory: WasmMemory
  readonly #threads: Threads
  #floats: Float32Array
  #integers: Int32Array
  #end = ALIGNMENT

  constructor(module: object, memory: WasmMemory, exports: object) {
    this.#memory = memory
    this.#threads = new Threads(module, memory, exports, kernelNames)
    this.#floats = new Float32Array(memory.buffer)
    this.#integers = new Int32Array(memory.buffer)
  }

  /** How many threads share a job. */
  get threads(): number {
    return this.#threads.count
  }

  /** How many turns each thread has taken so far. */
  get turns(): readonly number[] {
    return this.#threads.turns
  }

  /** Room for so many bytes, with whatever stands there. */
  room(bytes: number): number {
    const place = this.#end
    this.#end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    const missing = this.#end - this.#integers.byteLength
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE))
      this.#floats = new Float32Array(this.#memory.buffer)
      this.#integers = new Int32Array(this.#memory.buffer)
    }
    return place
  }

  floats(values: Float32Array): number {
    const place = this.room(4 * values.length)
    copy(values, this.#floats.subarray(place / 4, place / 4 + values.length))
    return place
  }

  doubles(values: Float64Array): number {
    const place = this.room(8 * values.length)
    new Float64Array(this.#memory.buffer, place, values.length).set(values)
    return place
  }

  zeros(bytes: number): number {
    const place = this.room(bytes)
    this.#floats.fill(0, place / 4, (place + bytes) / 4)
    return place
  }

  /** Whole numbers, their count made up to a multiple of four by zeros: panels have four columns. */
  integers(values: ArrayLike<number>): number {
    const count = Math.ceil(values.length / 4) * 4
    const place = this.room(4 * count)
    this.#integers.fill(0, place / 4 + values.length, place / 4 + count)
    this.#integers.set(values, place / 4)
    return place
  }

  /** 0, step, 2 step, … */
  steps(count: number, step: number): number {
    return this.integers(Int32Array.from({ length: count }, (_, i) => i * step))
  }

  /** A copy of what stands at a place. */
  takeFloats(place: number, length: number): Float32Array {
    const taken = arrayFor(length)
    copy(this.#floats.subarray(place / 4, place / 4 + length), taken)
    return taken
  }

  takeDoubles(place: number, length: number): Float64Array<ArrayBuffer> {
    const taken = new Float64Array(length)
    taken.set(new Float64Array(this.#memory.buffer, place, length))
    return taken
  }

  /** Runs a kernel over so many items, `scratchBytes` for each thread. `work`: about how many multiply-accumulates. */
  run<K extends Kernel>(
    kernel: K,
    items: number,
    parameters: Readonly<Record<ParameterOf<K>, number>>,
    { scratchBytes = 0, work }: { scratchBytes?: number; work: number },
  ): void {
    const given = parameters as Readonly<Record<string, number>>
    const bytes = Math.ceil(scratchBytes / ALIGNMENT) * ALIGNMENT
    const end = this.#end
    const scratch = this.room(bytes * this.threads)
    this.#threads.run({
      kernel: kernelNames.indexOf(kernel),
      items,
      parameters: parametersOf(kernel).map((name) => given[name]!),
      scratch,
      scratchBytes: bytes,
      work,
    })
    this.#end = end
  }

  /** Empties it, once nobody works in it any more. */
  clear(): this {
    this.#threads.settle()
    this.#end = ALIGNMENT
    return this
  }
}

function copy(from: Float32Array, to: Float32Array): void {
  eachPart(from.length, (start, end) => to.set(from.subarray(start, end), start))
}

let only: Workshop | undefined
let isMade = false

/**
 * An empty workshop for a layer that needs about so many bytes; undefined where there is no WebAssembly with
 * vectors, or the layer is too large for it.
 */
export function workshopFor(bytes: number): Workshop | undefined {
  if (bytes > MOST) return undefined
  if (!isMade) {
    isMade = true
    only = makeWorkshop()
  }
  return only?.clear()
}

function makeWorkshop(): Workshop | undefined {
  const api = webAssembly()
  const pages = (2 * MOST) / PAGE
  const bytes = assembleKernels({ pages, shared: canShareMemory })
  if (!api?.validate(bytes)) return undefined
  const memory = memoryOf(api, pages)
  if (memory === undefined) return undefined
  const module = new api.Module(bytes)
  const { exports } = new api.Instance(module, { env: { memory } })
  return new Workshop(module, memory, exports)
}

/** Undefined where the process may not reserve so much. */
function memoryOf(api: WebAssemblyApi, maximum: number): WasmMemory | undefined {
  try {
    return new api.Memory({ initial: 1, maximum, shared: canShareMemory })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
