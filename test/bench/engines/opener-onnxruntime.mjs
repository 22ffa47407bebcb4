// onnxruntime in Node, natively or as WebAssembly, called as its documentation does.
import { availableParallelism } from "node:os"
import { onnxruntimeOpener } from "./onnxruntime-run.mjs"
import { threadsInWords } from "./turns.mjs"

/**
 * @param {{ package: "onnxruntime-node" | "onnxruntime-web" }} options
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ package: name }) {
  const ort = await import(name)
  const threads = availableParallelism()
  if (name === "onnxruntime-node") {
    return onnxruntimeOpener(ort, {
      provider: "cpu",
      detail: `${ort.env.versions.node}, ${threadsInWords(threads)}`,
    })
  }
  // The WebAssembly build takes half of the cores unless it is told.
  ort.env.wasm.numThreads = threads
  return onnxruntimeOpener(ort, {
    provider: "wasm",
    detail: `${ort.env.versions.web}, ${threadsInWords(threads)}`,
  })
}
