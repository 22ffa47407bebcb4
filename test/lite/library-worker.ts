import "../../src/lite/node/globals.js"
import * as prelab from "../../src/index.js"
import { mimeBundle } from "../../src/kernel/mime-bundle.js"
import { setAssets } from "../../src/lite/assets.js"
import { setDrive } from "../../src/lite/drive.js"
import { mountFiles } from "../../src/lite/mount-files.js"
import { textOf } from "./text-of.js"

// The library in a worker of a page, which runs what the tests send it.

interface Start {
  readonly drive: MessagePort
  readonly base: string
  readonly files: ArrayBuffer
}

type Work = (library: { prelab: typeof prelab; mimeBundle: typeof mimeBundle }, given: unknown) => unknown

const library = { prelab, mimeBundle }

addEventListener("message", async ({ data }: MessageEvent<Start | { work: string; given: unknown }>) => {
  if ("drive" in data) {
    setDrive(data.drive)
    setAssets(data.base)
    mountFiles(data.files)
    postMessage({})
    return
  }
  try {
    const work = new Function(`return (${data.work})`)() as Work
    const from = performance.now()
    const result = await work(library, data.given)
    postMessage({ text: textOf(result), milliseconds: performance.now() - from })
  } catch (error) {
    postMessage({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
  }
})
