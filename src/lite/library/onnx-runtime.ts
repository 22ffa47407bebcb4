import { PrelabError } from "../../error.js"

export type { OnnxRuntime, OnnxSession, OnnxTensorData } from "../../engines/onnx/runtime.js"

/** None is in the bundle: with its WebAssembly it would be several times as large. */
export const packages = [] as const

export async function loadRuntime(): Promise<never> {
  throw new PrelabError("engine not in a browser", "onnx", { hint: "use engine gpu or reference" })
}
