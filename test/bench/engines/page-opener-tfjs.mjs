// tfjs in the page. Bundled with the packages that are installed below .cache/bench.
import { openTfjs } from "./tfjs-run.mjs"
import { floats, threadsInWords } from "./turns.mjs"

/** The bundle's own; tfjs is not installed with the project. @type {(name: string) => Promise<any>} */
const load = (name) => import(`/tfjs-${name}.js`)

/**
 * @param {{ backend: "wasm" | "webgl" | "webgpu", threads: number }} options
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ backend, threads }) {
  const { core: tf, setWasmPaths, setThreadsCount, getThreadsCount } = await load(backend)
  if (backend === "wasm") {
    setWasmPaths("/tfjs-wasm/")
    setThreadsCount(threads)
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no ${backend} here`)
  await tf.ready()
  return {
    async prepare({ inputs }, read) {
      const net = JSON.parse(new TextDecoder().decode(await read("net.tfjs.json")))
      const weights = floats(await read("net.tfjs.bin"))
      const given = await Promise.all(inputs.map(async ({ blob, file }) => [blob, floats(await read(file))]))
      return async () => {
        const opened = openTfjs(tf, { ...net, weights }, Object.fromEntries(given))
        const detail = backend === "wasm" ? threadsInWords(getThreadsCount()) : undefined
        return { ...opened, ran: { backend: tf.getBackend(), ...(detail ? { detail } : {}) } }
      }
    },
  }
}
