import "../../src/lite/node/globals.js"
import * as prelab from "../../src/index.js"
import { Comms } from "../../src/kernel/comm.js"
import { setHost } from "../../src/kernel/host.js"
import { mimeBundle } from "../../src/kernel/mime-bundle.js"
import { setAssets } from "../../src/lite/assets.js"
import { setDrive } from "../../src/lite/drive.js"
import { mountFiles } from "../../src/lite/mount-files.js"
import type { Library } from "./library-page.js"
import { textOf } from "./text-of.js"

// The library in a worker of a page, which does what the tests send it.

interface Start {
  readonly drive: MessagePort
  readonly assets: string
  readonly files: ArrayBuffer
}

const opened: Library["opened"] = []
const comms = new Comms((type, content) => {
  const { data } = content as { data?: { state?: object } }
  if (type === "comm_open") opened.push(data?.state ?? {})
})
setHost({ publish() {}, input: async () => "", addPayload() {}, waitFor() {}, comms })

const library: Library = { prelab, mimeBundle, opened }

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
