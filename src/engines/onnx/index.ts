import { graphOf } from "../../formats/onnx/index.js"
import { checkStop } from "../../stop.js"
import type { Engine } from "../engine.js"
import { OnnxPlan } from "./plan.js"
import { loadRuntime } from "./runtime.js"

/**
 * onnxruntime: the net is exported to ONNX in memory, and run by the native library where it loads, else by
 * WebAssembly. The fast engine where there is no GPU, and an implementation of everything that is not ours.
 */
export const onnx: Engine = {
  name: "onnx",

  async compile(calls, wanted) {
    checkStop()
    const graph = graphOf(calls, wanted)
    return OnnxPlan.open(await loadRuntime(), graph)
  },
}
