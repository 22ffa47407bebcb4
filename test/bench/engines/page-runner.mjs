// A contestant in a page of its own.
import { fromBase64 } from "./turns.mjs"

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */

/** Nothing that is measured here takes this long; what does is stuck. */
const limitMs = 180_000

/**
 * @param {BrowserContext} context
 * @param {string} origin
 * @param {string} module its opener's path on the server
 * @param {object} options
 * @returns {Promise<import("./contestant.mjs").Runner>}
 */
export async function startPage(context, origin, module, options) {
  const page = await context.newPage()
  await page.goto(origin)
  await page.waitForFunction("globalThis.bench")
  /**
   * @param {"open" | "time" | "close"} what
   * @param {unknown[]} args
   */
  const ask = async (what, ...args) => {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs)
    })
    try {
      return await Promise.race([page.evaluate(callBench, { what, args }), late])
    } catch (error) {
      // Playwright puts its own words and the page's stack around the message.
      const [line] = String(/** @type {Error} */ (error).message).split("\n")
      throw new Error(line.replace(/^page\.evaluate: (Error: )?/, ""))
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    async open(given) {
      const { outputs, ...answer } = await ask("open", module, options, given)
      return { ...answer, outputs: fromBase64(outputs) }
    },
    time: async (id, leastMs) => (await ask("time", id, leastMs)).times,
    close: (id) => ask("close", id),
    memoryMb: () => Number.NaN,
    end: () => page.close(),
  }
}

/** Runs in the page. @param {{ what: string, args: unknown[] }} question */
function callBench({ what, args }) {
  const { bench } = /** @type {{ bench: Record<string, (...args: unknown[]) => any> }} */ (
    /** @type {unknown} */ (globalThis)
  )
  return bench[what](...args)
}
