// tfjs in Node, on its WebAssembly backend, which starts no threads there.
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { tfjsOpener } from "./tfjs-opener.mjs"
import { threadsInWords } from "./turns.mjs"

/**
 * @param {{ folder: string }} options where tfjs is installed
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ folder }) {
  const require = createRequire(join(folder, "package.json"))
  const [core, backend] = ["core", "backend-wasm"].map((part) => `@tensorflow/tfjs-${part}`)
  const [tf, wasm] = [require(core), require(backend)]
  wasm.setWasmPaths(`${dirname(require.resolve(backend))}/`)
  await tf.setBackend("wasm")
  await tf.ready()
  return tfjsOpener(tf, () => threadsInWords(1))
}
