import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openGpuBrowser } from "../engines/browser/chromium.js"
import { here, type LibraryPage, openLibrary, type Work } from "./library-page.js"

let browser: Browser
let library: LibraryPage

beforeAll(async () => {
  browser = await openGpuBrowser()
  library = await openLibrary(browser)
})

afterAll(async () => {
  await library?.close()
  await browser?.close()
})

/** Both do the same work with the same result. */
async function expectAlike<Given>(work: Work<Given>, given?: Given): Promise<void> {
  expect(await library.inWorker(work, given)).toEqual(await here(work, given))
}

test("a net is loaded from the reader's files", async () => {
  await expectAlike(async ({ prelab }) => {
    const net = await prelab.loadNet("notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel")
    return { text: String(net), slopes: prelab.preluSlopes(net) }
  })
})

test("forward", async () => {
  await expectAlike(async ({ prelab }) => {
    const net = await prelab.loadNet("notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel")
    const data = await prelab.loadArray("notebooks/data/digits-100.npy")
    const { outputs, backend } = await prelab.forward(net, { data })
    return { outputs, backend }
  })
  console.log(library.milliseconds())
})
