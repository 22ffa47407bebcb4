// onnxruntime-web in the page.
import { onnxruntimeOpener } from "./onnxruntime-run.mjs"
import { threadsInWords } from "./turns.mjs"

/**
 * @param {{ provider: "wasm" | "webgpu", threads: number }} options
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ provider, threads }) {
  const module = provider === "wasm" ? "/onnxruntime/ort.wasm.min.mjs" : "/onnxruntime/ort.webgpu.min.mjs"
  const ort = await import(module)
  ort.env.wasm.wasmPaths = "/onnxruntime/"
  ort.env.wasm.numThreads = threads
  const version = ort.env.versions.web
  return onnxruntimeOpener(ort, {
    provider,
    detail: provider === "wasm" ? `${version}, ${threadsInWords(threads)}` : version,
  })
}
