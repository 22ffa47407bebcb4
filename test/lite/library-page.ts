import {
  createReadStream,
  type Dirent,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import type { Browser, Page } from "playwright-core"
import { liteBundle } from "../../src/setup/lite-bundles.mjs"
import { writeFiles } from "../../src/setup/lite-files.mjs"
import { hostedLibrary, type Library } from "./hosted-library.js"
import { textOf } from "./text-of.js"

export const root = fileURLToPath(new URL("../..", import.meta.url))

/** What a test has the library do: its text goes into the worker, so it uses nothing but what it is given. */
export type Work<Given> = (library: Library, given: Given) => unknown

const hosted = hostedLibrary()

/** The library in this process. */
export async function here<Given>(work: Work<Given>, given?: Given): Promise<unknown> {
  const text = textOf(await work(hosted, given as Given))
  return text === undefined ? undefined : JSON.parse(text)
}

export interface LibraryPage {
  readonly page: Page
  /** The library in a worker of the page. */
  inWorker<Given>(work: Work<Given>, given?: Given): Promise<unknown>
  /** A file that the worker wrote. */
  written(path: string): Promise<Buffer | undefined>
  /** How long the work took that was done last, in the worker. */
  milliseconds(): number
  close(): Promise<void>
}

/**
 * A page with the library in a worker. What is written on its drive stays in the page.
 *
 * @param drive the folder that is its drive, this checkout unless told
 * @param isolated whether the page may share memory
 */
export async function openLibrary(
  browser: Browser,
  { isolated = false, drive = root } = {},
): Promise<LibraryPage> {
  const folder = mkdtempSync(join(tmpdir(), "prelab-lite-"))
  writeFiles(folder)
  await build(liteBundle("../../test/lite/library-worker.ts", join(folder, "library.js")))
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, "http://127.0.0.1").pathname)
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin")
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp")
    }
    if (path === "/") return void response.setHeader("Content-Type", "text/html").end("<!doctype html>")
    const file = path.startsWith("/drive/") ? join(drive, path.slice("/drive/".length)) : join(folder, path)
    if (!existsSync(file)) return void response.writeHead(404).end()
    if (path.endsWith(".js")) response.setHeader("Content-Type", "text/javascript")
    const { size } = statSync(file)
    if (statSync(file).isDirectory()) {
      response.setHeader("X-Folder", "yes")
      return void response.end(JSON.stringify(readdirSync(file, { withFileTypes: true }).map(entryOf)))
    }
    response.setHeader("Content-Length", String(size))
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await page.evaluate(startWorker)
  let milliseconds = 0
  return {
    page,
    async inWorker(work, given) {
      const answer = await page.evaluate(askWorker, { work: String(work), given })
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error)
      milliseconds = answer.milliseconds!
      return answer.text === undefined ? undefined : JSON.parse(answer.text)
    },
    async written(path) {
      const text = await page.evaluate(writtenFile, path)
      return text === undefined ? undefined : Buffer.from(text, "base64")
    },
    milliseconds: () => milliseconds,
    async close() {
      await page.close()
      server.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function entryOf(entry: Dirent) {
  return { name: entry.name, isFolder: entry.isDirectory(), bytes: 0, changed: 0 }
}

interface Answer {
  readonly text?: string
  readonly milliseconds?: number
  readonly error?: { readonly name: string; readonly message: string; readonly hint?: string }
}

/** Runs in the page: the worker, and the drive that it asks. */
async function startWorker(): Promise<void> {
  type Question = { op: string; path: string; to?: string; bytes?: Uint8Array }
  const written = new Map<string, Uint8Array>()
  const failed = (code: string) => Object.assign(new Error("of the drive"), { code })
  const read = async (path: string) => {
    const own = written.get(path)
    if (own) return own
    const response = await fetch(`/drive/${path}`)
    if (!response.ok) throw failed("ENOENT")
    if (response.headers.has("X-Folder")) throw failed("EISDIR")
    return new Uint8Array(await response.arrayBuffer())
  }
  const answer = async ({ op, path, bytes }: Question): Promise<unknown> => {
    if (op === "read") return read(path)
    if (op === "write") return void written.set(path, bytes!)
    if (op === "makeFolder") return undefined
    if (op === "stat") {
      const own = written.get(path)
      if (own) return { name: path, isFolder: false, bytes: own.length, changed: 0 }
      const { ok, headers } = await fetch(`/drive/${path}`, { method: "HEAD" })
      const isFolder = headers.has("X-Folder")
      return ok
        ? { name: path, isFolder, bytes: Number(headers.get("Content-Length")), changed: 0 }
        : undefined
    }
    if (op === "list") {
      const response = await fetch(`/drive/${path}`)
      if (response.headers.has("X-Folder")) return response.json()
      throw failed(response.ok ? "ENOTDIR" : "ENOENT")
    }
    throw failed("ENOSYS")
  }
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = ({ data: { id, question } }) =>
    void answer(question).then(
      (value) => port1.postMessage({ id, value }),
      (error) => port1.postMessage({ id, error: error.message, code: error.code }),
    )
  const place = globalThis as unknown as { worker: Worker; written: Map<string, Uint8Array> }
  place.written = written
  place.worker = new Worker("/library.js")
  const files = await (await fetch("/files.json")).arrayBuffer()
  await new Promise((resolve, reject) => {
    place.worker.onmessage = resolve
    place.worker.onerror = ({ message }) => reject(new Error(message))
    place.worker.postMessage({ drive: port2, assets: `${location.origin}/assets/`, files }, [port2])
  })
}

/** Runs in the page. */
function askWorker(message: { work: string; given: unknown }): Promise<Answer> {
  const { worker } = globalThis as unknown as { worker: Worker }
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.postMessage(message)
  })
}

/** Runs in the page. */
function writtenFile(path: string): string | undefined {
  const { written } = globalThis as unknown as { written: Map<string, Uint8Array> }
  const bytes = written.get(path)
  return bytes && btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
}
