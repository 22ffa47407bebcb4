import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const executablePath = "/usr/bin/chromium"

/** Whether Debian's Chromium is here: it brings a software GPU for both backends. */
export const hasChromium = existsSync(executablePath)

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--disable-background-networking",
  // What is not on this machine does not exist.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

/**
 * PRELAB_REAL_GPU=1 leaves the choice of the adapter to the browser; else the software GPU answers for both
 * backends.
 */
const software = [
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
]

/** Chromium with WebGPU and WebGL2. */
export function openGpuBrowser(more: readonly string[] = []): Promise<Browser> {
  const gpu = process.env.PRELAB_REAL_GPU ? [] : software
  return chromium.launch({ executablePath, args: [...flags, ...gpu, ...more] })
}
