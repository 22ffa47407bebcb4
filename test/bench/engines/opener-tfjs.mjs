// tfjs in Node, on its WebAssembly backend, which starts no threads there.
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { openTfjs } from "./tfjs-run.mjs"
import { floats, threadsInWords } from "./turns.mjs"

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
  return {
    async prepare({ inputs }, read) {
      const net = JSON.parse(new TextDecoder().decode(await read("net.tfjs.json")))
      const weights = floats(await read("net.tfjs.bin"))
      const given = await Promise.all(inputs.map(async ({ blob, file }) => [blob, floats(await read(file))]))
      return async () => {
        const opened = openTfjs(tf, { ...net, weights }, Object.fromEntries(given))
        return { ...opened, ran: { backend: tf.getBackend(), detail: threadsInWords(1) } }
      }
    },
  }
}
