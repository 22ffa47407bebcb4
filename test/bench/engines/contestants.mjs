// Who takes part in Node, and how each is started. `start` throws where something is missing; the table then says what.
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { installOpenCv, installTfjs } from "./installs.mjs"
import { vulkan } from "./library.mjs"
import { startProcess } from "./process-runner.mjs"

/** @typedef {import("./contestant.mjs").Contestant} Contestant */

const here = (/** @type {string} */ name) => new URL(name, import.meta.url).href

/** Where Debian's chromium keeps its Vulkan driver, a graphics card made of software: for machines without another one. */
const softwareVulkan = "/usr/lib/chromium/vk_swiftshader_icd.json"

/** @type {readonly Contestant[]} */
export const contestants = [
  prelab("reference", "prelab reference", { engine: "reference" }),
  prelab("gpu-webasm", "prelab gpu, webasm", { engine: "gpu", backend: "webasm" }),
  prelab("gpu-cpu", "prelab gpu, cpu", { engine: "gpu", backend: "cpu" }),
  { ...prelab("gpu-webgpu", "prelab gpu, webgpu", { engine: "gpu", backend: "webgpu" }), wantsCard: true },
  prelab("onnx", "prelab onnx", { engine: "onnx" }),
  prelab("auto", "prelab forward, auto", { engine: "auto" }),
  plain("webasm"),
  plain("cpu"),
  onnxruntime("onnxruntime-node"),
  onnxruntime("onnxruntime-web"),
  {
    name: "tfjs-wasm",
    title: "tfjs, wasm",
    isOurs: false,
    async start() {
      const { folder } = await installTfjs()
      return inNode("opener-tfjs.mjs", { folder })
    },
  },
  {
    name: "opencv",
    title: "OpenCV dnn",
    isOurs: false,
    start: async () => startProcess(await installOpenCv(), [fileURLToPath(here("opencv.py"))]),
  },
]

/**
 * @param {string} name
 * @param {string} title
 * @param {{ engine: string, backend?: string }} options
 * @returns {Contestant}
 */
function prelab(name, title, options) {
  return { name, title, isOurs: true, start: () => inNode("opener-prelab.mjs", options) }
}

/**
 * @param {"webasm" | "cpu"} backend
 * @returns {Contestant}
 */
function plain(backend) {
  const kernels = new URL("../plain-kernels.mjs", import.meta.url)
  return {
    name: `plain-${backend}`,
    title: `plain gpu.js, ${backend}`,
    isOurs: false,
    wantsSmall: true,
    async start() {
      if (!existsSync(kernels)) throw new Error("test/bench/plain-kernels.mjs is not there yet")
      return inNode("opener-plain.mjs", { backend, kernels: kernels.href })
    },
  }
}

/**
 * @param {"onnxruntime-node" | "onnxruntime-web"} name
 * @returns {Contestant}
 */
function onnxruntime(name) {
  return {
    name,
    title: name,
    isOurs: false,
    start: () => inNode("opener-onnxruntime.mjs", { package: name }),
  }
}

/**
 * @param {string} module
 * @param {object} options
 */
async function inNode(module, options) {
  const { mayHaveGraphicsHardware } = await vulkan()
  const isNamed = process.env.VK_ICD_FILENAMES !== undefined || process.env.VK_DRIVER_FILES !== undefined
  const standsIn = !isNamed && !mayHaveGraphicsHardware() && existsSync(softwareVulkan)
  return startProcess(
    process.execPath,
    [fileURLToPath(here("worker.mjs")), here(module), JSON.stringify(options)],
    standsIn ? { ...process.env, VK_ICD_FILENAMES: softwareVulkan } : process.env,
  )
}
