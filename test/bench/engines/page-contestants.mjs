// Who takes part in the browser.
import { availableParallelism } from "node:os"
import { startPage } from "./page-runner.mjs"

/** @typedef {import("./contestant.mjs").Contestant} Contestant */

/** The libraries take half of the cores unless they are told. */
const threads = availableParallelism()

/** @type {readonly (Omit<Contestant, "start"> & { module: string, options: object })[]} */
export const pageContestants = [
  gpu("webgl2"),
  gpu("webgpu"),
  onnxruntime("wasm"),
  onnxruntime("webgpu"),
  tfjs("wasm"),
  tfjs("webgl"),
  tfjs("webgpu"),
]

/** @param {"webgl2" | "webgpu"} backend */
function gpu(backend) {
  return {
    ...{ name: `gpu-${backend}`, title: `prelab browser, ${backend}`, isOurs: true, wantsCard: true },
    module: "/page-opener-gpu.js",
    options: { backend },
  }
}

/** @param {"wasm" | "webgpu"} provider */
function onnxruntime(provider) {
  return {
    name: `onnxruntime-${provider}`,
    title: `onnxruntime-web, ${provider}`,
    ...{ isOurs: false, wantsCard: provider !== "wasm" },
    module: "/page-opener-onnxruntime.js",
    options: { provider, threads },
  }
}

/** @param {"wasm" | "webgl" | "webgpu"} backend */
function tfjs(backend) {
  return {
    ...{ name: `tfjs-${backend}`, title: `tfjs, ${backend}`, isOurs: false, wantsCard: backend !== "wasm" },
    module: "/page-opener-tfjs.js",
    options: { backend, threads },
  }
}

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} origin
 * @param {boolean} hasCard
 * @returns {Contestant[]}
 */
export function inPages(context, origin, hasCard) {
  return pageContestants.map(({ module, options, ...contestant }) => ({
    ...contestant,
    hasCard,
    start: () => startPage(context, origin, module, options),
  }))
}
