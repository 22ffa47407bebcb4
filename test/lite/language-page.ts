import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { type Browser, chromium, type Page } from "playwright-core"
import type { Dict } from "../../src/kernel/dict.js"
import type { CellAnswer } from "../../src/kernel/language/language.js"
import type { LanguageRequest } from "../../src/kernel/language/language-messages.js"
import type { DriveQuestion } from "../../src/lite/drive-messages.js"
import { liteBundle } from "../../src/setup/lite-bundles.mjs"
import { writeTypes } from "../../src/setup/lite-types.mjs"

/** The language worker of a kernel in JupyterLite, in a page of a real browser that has some files of a reader's. */
export class LanguagePage {
  /** From the worker's start until its language was warm, in ms. */
  readyMs = 0

  private constructor(
    readonly folder: string,
    readonly server: Server,
    readonly browser: Browser,
    readonly page: Page,
    readonly errors: string[],
  ) {}

  static async open(files: Readonly<Record<string, string>> = {}): Promise<LanguagePage> {
    const folder = mkdtempSync(join(tmpdir(), "prelab-lite-language-"))
    await Promise.all([
      build(liteBundle("language/worker.ts", join(folder, "language.js"))),
      writeTypes(folder),
    ])
    const server = serve(folder)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: ["--headless=new", "--no-sandbox", "--disable-gpu"],
    })
    const page = await browser.newPage()
    const errors: string[] = []
    page.on("pageerror", (error) => errors.push(error.message))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const opened = new LanguagePage(folder, server, browser, page, errors)
    for (const [name, text] of Object.entries(files)) await opened.write(name, text)
    opened.readyMs = await page.evaluate("startLanguage()")
    return opened
  }

  /** What the cells worker would be told. */
  ask(request: LanguageRequest): Promise<unknown> {
    return this.page.evaluate(`askLanguage(${JSON.stringify(request)})`)
  }

  async cell(code: string): Promise<CellAnswer> {
    return (await this.ask({ type: "cell", code, label: "In[1]", keep: true })) as CellAnswer
  }

  /** What is wrong with a cell, as `code line:column`. */
  async problems(code: string): Promise<string[]> {
    const answer = await this.cell(code)
    return answer.ok ? [] : answer.problems.map((found) => `${found.code} ${found.line}:${found.column}`)
  }

  /** The reply's content to a front end that asks about `code`, with the cursor where `¦` stands. */
  typing(msgType: string, marked: string): Promise<Dict> {
    const code = marked.replace("¦", "")
    const cursor_pos = marked.includes("¦") ? marked.indexOf("¦") : code.length
    return this.page.evaluate(`askTyping("${msgType}", ${JSON.stringify({ code, cursor_pos })})`)
  }

  /** Puts a file on the drive, or takes it away. */
  async write(path: string, text: string | undefined): Promise<void> {
    await this.page.evaluate(`writeFile(${JSON.stringify(path)}, ${JSON.stringify(text) ?? "undefined"})`)
  }

  /** What the worker has asked the drive since the last call. */
  takeQuestions(): Promise<DriveQuestion[]> {
    return this.page.evaluate("questions.splice(0)")
  }

  async close(): Promise<void> {
    await this.browser.close()
    this.server.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const types: Readonly<Record<string, string>> = {
  "language.js": "text/javascript",
  "types.json": "application/json",
}

function serve(folder: string): Server {
  return createServer(({ url = "/" }, response) => {
    const name = url.slice(1)
    const type = types[name]
    response.setHeader("content-type", type ?? "text/html")
    response.end(
      type
        ? readFileSync(join(folder, name))
        : `<!doctype html><title>kernel</title><script>${pageScript}</script>`,
    )
  })
}

/** The page: the drive's files, and both ends that the kernel's other workers have. */
const pageScript = `
const files = new Map()
const questions = []
let clock = 1
function writeFile(path, text) {
  if (text === undefined) files.delete(path)
  else files.set(path, { bytes: new TextEncoder().encode(text), changed: ++clock })
}
const absent = (path) => Object.assign(new Error(path), { code: "ENOENT" })
function listOf(folder) {
  const prefix = folder === "" ? "" : folder + "/"
  const entries = new Map()
  for (const [path, { bytes, changed }] of files) {
    if (!path.startsWith(prefix)) continue
    const [name, ...below] = path.slice(prefix.length).split("/")
    const isFolder = below.length > 0
    entries.set(name, { name, isFolder, bytes: isFolder ? 0 : bytes.length, changed: isFolder ? 1 : changed })
  }
  if (entries.size === 0 && folder !== "") throw absent(folder)
  return [...entries.values()]
}
function answerOf({ op, path }) {
  if (op === "list") return listOf(path)
  const file = files.get(path)
  if (op === "read" && path.endsWith("locked.ts")) throw Object.assign(new Error(path), { code: "EACCES" })
  if (op === "read" && file) return file.bytes
  throw absent(path)
}
const drive = new MessageChannel()
drive.port1.onmessage = ({ data: { id, question } }) => {
  questions.push(question)
  try {
    drive.port1.postMessage({ id, value: answerOf(question) })
  } catch (error) {
    drive.port1.postMessage({ id, error: error.message, code: error.code })
  }
}
const cells = new MessageChannel()
const waiting = new Map()
let lastId = 0
const asked = (post) =>
  new Promise((resolve, reject) => {
    waiting.set(++lastId, { resolve, reject })
    post(lastId)
  })
cells.port1.onmessage = ({ data: { id, answer, error } }) =>
  error === undefined ? waiting.get(id)?.resolve(answer) : waiting.get(id)?.reject(new Error(error))
const askLanguage = (request) => asked((id) => cells.port1.postMessage({ id, request }))
let worker
const askTyping = (msgType, content) =>
  asked((id) => worker.postMessage({ type: "ask", id, parent: "", msgType, content }))
function startLanguage() {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    worker = new Worker("language.js")
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.onmessage = ({ data }) => {
      if (data.type === "ready") resolve(performance.now() - began)
      else waiting.get(data.id)?.resolve(data.content)
    }
    const start = { type: "start", cells: cells.port2, drive: drive.port2, types: "types.json", folder: "/drive/notes" }
    worker.postMessage(start, [cells.port2, drive.port2])
    const kernel = "/prelab/dist/kernel"
    askLanguage({
      type: "open",
      folder: "/drive/notes",
      provided: [
        { specifier: "prelab", folder: "/prelab", types: "/prelab/dist/index.d.ts", inScope: ["loadNet", "preluSlopes", "PrelabError"], typesInScope: true },
        { specifier: "@prelab/cell/scope", folder: kernel, types: kernel + "/scope.d.ts", inScope: ["display", "html"], typesInScope: false },
        { specifier: "tslab", folder: kernel, types: kernel + "/tslab-module.d.ts", inScope: [], typesInScope: false },
      ],
    }).catch(reject)
  })
}
`
