// prelab as it is built in dist/: what a program that installs it would run. The types are those of the sources.

/**
 * A module of dist/, with the types of its source.
 * @param {string} path below dist/
 */
const built = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href)

/** @returns {Promise<typeof import("../../../src/caffe/index.js")>} */
export const caffe = () => built("caffe/index.js")

/** @returns {Promise<typeof import("../../../src/caffe/save-net.js")>} */
export const savedNets = () => built("caffe/save-net.js")

/** @returns {Promise<typeof import("../../../src/layers/index.js")>} */
export const layers = () => built("layers/index.js")

/** @returns {Promise<typeof import("../../../src/engines/index.js")>} */
export const engines = () => built("engines/index.js")

/** @returns {Promise<typeof import("../../../src/transforms/index.js")>} */
export const transforms = () => built("transforms/index.js")

/** @returns {Promise<typeof import("../../../src/equivalence/rounding-floor.js")>} */
export const roundingFloor = () => built("equivalence/rounding-floor.js")

/** @returns {Promise<typeof import("../../../src/formats/arrays.js")>} */
export const arrays = () => built("formats/arrays.js")

/** @returns {Promise<typeof import("../../../src/figures/plotly.js")>} */
export const plotly = () => built("figures/plotly.js")

/** @returns {Promise<typeof import("../../../src/figures/png.js")>} */
export const png = () => built("figures/png.js")

/** @returns {Promise<typeof import("../../../src/figures/panels.js")>} */
export const panels = () => built("figures/panels.js")

/** @returns {Promise<typeof import("../../../src/engines/gpu/vulkan-loader.js")>} */
export const vulkan = () => built("engines/gpu/vulkan-loader.js")

/** @returns {Promise<typeof import("../../../src/formats/onnx/index.js")>} */
export const onnx = () => built("formats/onnx/index.js")

/** @returns {Promise<typeof import("../../../src/engines/gpu/program.js")>} */
export const programs = () => built("engines/gpu/program.js")

/** @returns {Promise<typeof import("../../../src/engines/gpu/write-plan.js")>} */
export const writtenPlans = () => built("engines/gpu/write-plan.js")
