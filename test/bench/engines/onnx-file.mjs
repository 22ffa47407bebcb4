// The ONNX file that prelab's exporter writes: what the onnx engine runs, and onnxruntime beside it.
import { existsSync } from "node:fs"
import { inRoot } from "../../../src/setup/paths.mjs"

/** @typedef {import("../../../src/net/index.js").Net} Net */

/**
 * @param {Net} net
 * @param {string} file
 * @param {string} input
 * @param {number[]} shape
 */
export async function writeOnnx(net, file, input, shape) {
  if (!existsSync(inRoot("dist", "formats", "onnx"))) return
  const { exportOnnx } = await import(new URL("../../../dist/formats/onnx/index.js", import.meta.url).href)
  await exportOnnx(net, file, { inputs: { [input]: shape } })
}
