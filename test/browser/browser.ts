import { mkdirSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // What is not on this machine does not exist.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

/** The software GPU for WebGPU and WebGL2, or none at all. */
const gpuFlags = {
  none: ["--disable-gpu"],
  software: [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
  ],
}

/** Where the pictures go: PRELAB_SCREENSHOTS, else a temporary folder that stays. */
export const screenshots =
  process.env.PRELAB_SCREENSHOTS || mkdtempSync(join(tmpdir(), "prelab-screenshots-"))

/** A page of Debian's Chromium, and what went over its network and its console. */
export interface WatchedPage {
  browser: Browser
  page: Page
  /** Requests for anything but this machine. */
  foreign: string[]
  console: string[]
}

export async function openBrowser(gpu: keyof typeof gpuFlags = "none"): Promise<WatchedPage> {
  const args = [...flags, ...gpuFlags[gpu]]
  return watchedPage(await chromium.launch({ executablePath: "/usr/bin/chromium", args }))
}

/** A page that knows nothing of the browser's other ones. */
export async function watchedPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } })
  const foreign: string[] = []
  const lines: string[] = []
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (!["data:", "blob:"].includes(protocol) && hostname !== "127.0.0.1") foreign.push(request.url())
  })
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).hostname !== "127.0.0.1") foreign.push(socket.url())
  })
  page.on("console", (message) => lines.push(`${message.type()}: ${message.text()}`))
  page.on("pageerror", (error) => lines.push(`uncaught: ${error.message}`))
  return { browser, page, foreign, console: lines }
}

export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`) })
}
