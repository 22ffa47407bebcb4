/** The gpu.js backends that prelab writes kernels for. */
export type GpuBackend = "webgpu" | "webgl2" | "headlessgl" | "webasm" | "cpu"

/**
 * What prelab uses of gpu.js, typed: handles are opaque, results are arrays nested by the kernel's extents.
 */
export interface GpuJs {
  createKernel(source: string, settings: KernelSettings): (...args: readonly unknown[]) => Handle
  createPipeline(trace: (...inputs: readonly Handle[]) => readonly Handle[]): Pipeline
  destroy(): Promise<void>
}

export interface KernelSettings {
  readonly output: readonly number[]
  readonly precision: "single"
  readonly loopMaxIterations: number
  /** The result stays on the device. */
  readonly pipeline?: boolean
}

/** A result inside a plan: may be passed on, cannot be read. */
export type Handle = { readonly opaque: unique symbol }

export interface Pipeline {
  (...inputs: readonly Float32Array[]): Promise<readonly Nested[]>
  /** The backend that executes the plan; null before the first call. */
  readonly backend: string | null
  readonly executorKind: string
  readonly fallbackReason: string | null
  destroy(): Promise<void>
}

/** A kernel's result: rows of rows of values. */
export type Nested = Float32Array | readonly Nested[]

/** A kernel's result as one array in memory order. */
export function flatten(value: Nested, size: number): Float32Array {
  if (value instanceof Float32Array) return value
  const flat = new Float32Array(size)
  let at = 0
  const copy = (part: Nested) => {
    if (part instanceof Float32Array) {
      flat.set(part, at)
      at += part.length
    } else part.forEach(copy)
  }
  copy(value)
  return flat
}
