import type { Browser, Page } from "playwright-core"
import { servePages } from "../../../src/widgets/page-engine.js"
import { openGpuBrowser } from "./chromium.js"
import { serveFrom, type Wire } from "./engine-page.js"

/**
 * Chromium with one page that the browser engine of this process runs in. The test file mocks `front-end.js`
 * and `page-scripts.js` so that the sources run here and not an older build.
 */
export async function openPageOfTests(): Promise<{
  page: Page
  wire: Wire
  errors: string[]
  close(): Promise<void>
}> {
  const browser: Browser = await openGpuBrowser()
  const page = await browser.newPage()
  const errors: string[] = []
  page.on("pageerror", (error) => errors.push(error.message))
  const wire = await serveFrom(page)
  servePages()
  return {
    page,
    wire,
    errors,
    close: async () => {
      wire.close()
      await wire.delivered()
      await browser.close()
    },
  }
}
