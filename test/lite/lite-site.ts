import { spawnSync } from "node:child_process"
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { dirname, extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, onTestFailed } from "vitest"
import { openBrowser, screenshots, takePicture, type WatchedPage, watchedPage } from "../browser/browser.js"
import { NotebookPage, writeNotebook } from "../browser/notebook-page.js"

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))

const mimeTypes: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".css": "text/css",
  ".svg": "image/svg+xml",
}

/** Files by their names, as text or bytes; notebooks by the texts of their cells. */
export interface LiteContents {
  readonly files: Readonly<Record<string, string | Uint8Array>>
  readonly notebooks: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A JupyterLite site on a server that only gives out files, and a page of Chromium. */
export class UsedLite {
  watched!: WatchedPage
  site = ""
  /** The second one lets its pages share memory. */
  servers: Server[] = []

  constructor(readonly contents: LiteContents) {}

  get page() {
    return this.watched.page
  }

  urlOf(path: string, { isolated = false } = {}): string {
    const { port } = this.servers[Number(isolated)]!.address() as AddressInfo
    return `http://127.0.0.1:${port}/${path}`
  }

  async open<Name extends string>(
    name: string,
    sources: Readonly<Record<Name, string>>,
    site: { isolated?: boolean } = {},
  ) {
    // JupyterLite opens what was open before: it keeps its workspace in the browser.
    await this.page.close()
    this.watched = await watchedPage(this.watched.browser)
    const notebook = new NotebookPage(this.page, sources)
    await notebook.open(this.urlOf(`lab/index.html?path=${name}`, site))
    return notebook
  }

  readonly explainFailure = (test: string): void => {
    onTestFailed(async () => {
      await takePicture(this.page, `failed-lite-${test}`)
      console.log([`screenshots: ${screenshots}`, ...this.watched.console].join("\n"))
    })
  }
}

/** Builds the site with `prelab lite` before a file's first test, and ends everything after its last. */
export function useLite(contents: LiteContents): UsedLite {
  const used = new UsedLite(contents)
  const folder = mkdtempSync(join(tmpdir(), "prelab-lite-test-"))
  beforeAll(async () => {
    const source = join(folder, "notebooks")
    used.site = join(folder, "site")
    mkdirSync(source)
    for (const [name, content] of Object.entries(contents.files)) {
      mkdirSync(dirname(join(source, name)), { recursive: true })
      writeFileSync(join(source, name), content)
    }
    for (const [name, cells] of Object.entries(contents.notebooks))
      writeNotebook(join(source, name), Object.values(cells))
    const { status, stderr } = spawnSync(process.execPath, [cli, "lite", used.site, source], {
      encoding: "utf8",
    })
    if (status !== 0) throw new Error(stderr)
    used.servers = await Promise.all([serve(used.site), serve(used.site, isolating)])
    used.watched = await openBrowser("software")
  })
  afterAll(async () => {
    await used.watched?.browser.close()
    for (const server of used.servers) {
      server.closeAllConnections()
      server.close()
    }
    rmSync(folder, { recursive: true, force: true })
  })
  return used
}

/** The headers that let a page share memory; most places where sites are put send none. */
const isolating = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
}

async function serve(root: string, headers: Record<string, string> = {}): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const file = join(root, decodeURIComponent(new URL(url, "http://localhost").pathname))
    const found = statSync(file, { throwIfNoEntry: false })
    if (!found?.isFile()) return void response.writeHead(404).end()
    const type = mimeTypes[extname(file)] ?? "application/octet-stream"
    response.writeHead(200, { "content-type": type, ...headers })
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return server
}
