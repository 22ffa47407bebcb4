import { existsSync } from "node:fs"

/** The software Vulkan driver that comes with Chromium: with it the real WebGPU path runs on a machine without a GPU. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"
if (process.env.VK_ICD_FILENAMES === undefined && existsSync(driver)) process.env.VK_ICD_FILENAMES = driver

/** Whether this process has a driver for gpu.js's webgpu. */
export const hasWebGpu = process.env.VK_ICD_FILENAMES !== undefined
