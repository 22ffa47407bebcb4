// tfjs in the page. Bundled with the packages that are installed below .cache/bench.
import { tfjsOpener } from "./tfjs-opener.mjs"
import { threadsInWords } from "./turns.mjs"

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
  return tfjsOpener(tf, () => (backend === "wasm" ? threadsInWords(getThreadsCount()) : undefined))
}
