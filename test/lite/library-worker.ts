import "../../src/lite/node/globals.js"
import { setAssets } from "../../src/lite/assets.js"
import { setDrive } from "../../src/lite/drive.js"
import { mountFiles } from "../../src/lite/mount-files.js"
import { hostedLibrary, type Library } from "./hosted-library.js"
import { textOf } from "./text-of.js"

// The library in a worker of a page, which does what the tests send it.

interface Start {
  readonly drive: MessagePort
  readonly assets: string
  readonly files: ArrayBuffer
}

const library = hostedLibrary()

async function start({ drive, assets, files }: Start): Promise<void> {
  setDrive(drive)
  setAssets(assets)
  mountFiles(files)
  postMessage({})
}

async function run(text: string, given: unknown): Promise<void> {
  try {
    const work = new Function(`return (${text})`)() as (library: Library, given: unknown) => unknown
    const from = performance.now()
    const result = await work(library, given)
    postMessage({ text: textOf(result), milliseconds: performance.now() - from })
  } catch (error) {
    const { name, message, hint } = error as { name: string; message: string; hint?: string }
    postMessage({ error: { name, message, hint } })
  }
}

addEventListener("message", ({ data }: MessageEvent<Start | { work: string; given: unknown }>) =>
  "drive" in data ? start(data) : run(data.work, data.given),
)
