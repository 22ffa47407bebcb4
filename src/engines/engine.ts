import type { NetCalls } from "../layers/index.js"
import type { Value } from "../net/index.js"

export type EngineName = "reference" | "gpu" | "browser" | "onnx"
/** An engine, or `auto`: gpu where graphics hardware answers, else onnx, else reference. */
export type EngineChoice = EngineName | "auto"
export type Backend = "webgpu" | "webgl2" | "headlessgl" | "webasm" | "cpu"

/** What really ran, read back from the engine after compiling: part of every result. */
export interface Ran {
  readonly engine: EngineName
  /** gpu.js's own word for it; onnxruntime's "cpu" or "wasm"; "typescript" for the reference engine. */
  readonly backend: string
  /** Adapter, executor and the like, for people. */
  readonly detail?: string
}

/** A net compiled for one input size. Calls serialise; `dispose` frees the device. */
export interface Plan extends Ran {
  /**
   * One forward pass.
   * @param inputs the data of every Input top, of the shape the plan was compiled for
   * @returns the data of every value that was asked for at compile time
   */
  run(inputs: ReadonlyMap<Value, Float32Array>): Promise<Map<Value, Float32Array>>
  /**
   * Whether it may be kept between passes: it holds memory and no device, and does not hold on to the net or
   * the process.
   */
  readonly mayWait?: boolean
  dispose(): Promise<void> | void
}

export interface CompileOptions {
  readonly backend?: Backend
}

/** One way to execute a net. */
export interface Engine {
  readonly name: EngineName
  /**
   * @param calls shapes and parameters of the net at one input size
   * @param wanted the values that `run` returns
   * @throws PrelabError when a layer cannot run here, or the backend asked for is not the one that would run
   */
  compile(calls: NetCalls, wanted: readonly Value[], options?: CompileOptions): Promise<Plan>
}
