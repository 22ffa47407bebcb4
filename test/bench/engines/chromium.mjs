// Chromium with WebGPU and WebGL2: on the graphics card where there is one, else on Chromium's own software.
import { chromium } from "playwright-core"
import { vulkan } from "./library.mjs"
import { isSoftware as saysSoftware } from "./software.mjs"

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--disable-background-networking",
  // A page that is not in front would have its turn cut.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  // What is not on this machine does not exist.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
const onCard = ["--ignore-gpu-blocklist", "--enable-features=Vulkan", "--use-angle=vulkan"]
const onSoftware = [
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
]

/** @param {string} origin a page where WebGPU may be asked for */
export async function openChromium(origin) {
  const mayHaveCard = (await vulkan()).mayHaveGraphicsHardware()
  const browser = await chromium.launch({
    executablePath: process.env.PRELAB_CHROME ?? "/usr/bin/chromium",
    args: [...flags, ...(mayHaveCard ? onCard : onSoftware)],
  })
  const page = await browser.newPage()
  await page.goto(origin)
  const { adapter, isFallback } = await page.evaluate(describeAdapter)
  await page.close()
  const isSoftware = isFallback || saysSoftware(adapter)
  return {
    browser,
    hasCard: mayHaveCard && adapter !== "" && !isSoftware,
    machine: {
      browser: `Chromium ${browser.version()}`,
      adapter: adapter === "" ? "no WebGPU adapter" : `${adapter}${isSoftware ? " (software)" : ""}`,
    },
  }
}

/** @typedef {{ navigator: { gpu?: { requestAdapter(): Promise<{ info: Record<string, string | boolean> } | null> } } }} PageGlobal */

/** Runs in the page. */
async function describeAdapter() {
  const { navigator } = /** @type {PageGlobal} */ (/** @type {unknown} */ (globalThis))
  const info = (await navigator.gpu?.requestAdapter())?.info
  if (!info) return { adapter: "", isFallback: false }
  const words = [info.vendor, info.architecture, info.description].filter((part) => part)
  return { adapter: words.join(" ") || "unnamed adapter", isFallback: info.isFallbackAdapter === true }
}
