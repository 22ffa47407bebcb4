// Peers that are no dependency of ours, installed on demand below .cache/bench with pinned versions.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { command } from "../../../src/setup/command.mjs"
import { binary, inRoot } from "../../../src/setup/paths.mjs"
import { step } from "../../../src/setup/progress.mjs"

const tfjsVersion = "4.22.0"
const tfjsParts = ["core", "backend-cpu", "backend-wasm", "backend-webgl", "backend-webgpu"]
const opencv = "opencv-python-headless==4.14.0.94"

/** The folder with tfjs in its node_modules. */
export async function installTfjs() {
  const folder = inRoot(".cache", "bench", `tfjs-${tfjsVersion}`)
  await once(folder, `tfjs ${tfjsVersion}`, async () => {
    const dependencies = Object.fromEntries(
      tfjsParts.map((part) => [`@tensorflow/tfjs-${part}`, tfjsVersion]),
    )
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }, undefined, 2))
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    await command("npm", ["install", ...quiet], { cwd: folder })
  })
  return { folder, version: tfjsVersion }
}

/** Python with OpenCV. */
export async function installOpenCv() {
  const folder = inRoot(".cache", "bench", "opencv")
  await once(folder, opencv.replace("==", " "), async () => {
    await command("python3", ["-m", "venv", folder])
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    await command(binary(folder, "python"), [...install, opencv])
  })
  return binary(folder, "python")
}

/**
 * What could not be installed leaves nothing behind.
 * @param {string} folder
 * @param {string} name
 * @param {() => Promise<unknown>} install
 */
async function once(folder, name, install) {
  if (existsSync(folder)) return
  await step(`installing ${name} for the bench`, async () => {
    try {
      mkdirSync(folder, { recursive: true })
      await install()
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  })
}
