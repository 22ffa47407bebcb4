// prelab's browser engine in the page: its worker, with gpu.js in front of it, as the widget starts it.
import { floats } from "./turns.mjs"

/** @typedef {import("../../../src/engines/browser/page.js").PageRequest} PageRequest */
/** @typedef {import("../../../src/engines/browser/page.js").PageRan} PageRan */
/** @typedef {{ type: "ready" } | { type: "answer", id: string, answer: Partial<PageRan>, values: Uint8Array[] } | { type: "error", id: string, error: { what: string, value?: string, hint?: string } }} Done */
/** @typedef {{ onmessage: (event: { data: Done }) => void, postMessage: (job: object) => void }} PageWorker */

/**
 * @param {{ backend: "webgl2" | "webgpu" }} options
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ backend }) {
  const ask = await startWorker()
  return {
    async prepare({ id, inputs }, read) {
      /** @type {import("./page-plans.mjs").PagePlan} */
      const { written, sizes, outputs } = JSON.parse(
        new TextDecoder().decode(await read(`net.${backend}.json`)),
      )
      const bytes = await read(`net.${backend}.bin`)
      let at = 0
      const values = sizes.map((size) => {
        at += size * 4
        return bytes.slice(at - size * 4, at)
      })
      const given = await Promise.all(inputs.map(({ file }) => read(file)))
      return async () => {
        await ask({ type: "compile", plan: id, written }, values)
        /** @type {Partial<PageRan>} */
        let ran = {}
        const run = async () => {
          const { answer, values: results } = await ask({ type: "run", plan: id }, given)
          ran = answer
          return results
        }
        return {
          get ran() {
            return { backend: String(ran.backend), ...(ran.detail ? { detail: ran.detail } : {}) }
          },
          // On the worker's clock: the others compute in the page itself, and need no message.
          passMs: () => Number(ran.milliseconds),
          run,
          async outputs() {
            const results = await run()
            return Object.fromEntries(
              Object.entries(outputs).map(([blob, result]) => [blob, floats(results[result])]),
            )
          },
          close: async () => void (await ask({ type: "forget", plan: id }, [])),
        }
      }
    },
  }
}

/** @returns {Promise<(request: PageRequest, values: Uint8Array[]) => Promise<{ answer: Partial<PageRan>, values: Uint8Array[] }>>} */
async function startWorker() {
  const { Worker } = /** @type {{ Worker: new (url: string) => PageWorker }} */ (
    /** @type {unknown} */ (globalThis)
  )
  const worker = new Worker("/gpu-worker.js")
  /** @type {Map<string, { resolve: (done: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map()
  let number = 0
  await new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      if (data.type === "ready") return resolve(undefined)
      const { resolve: answer, reject } = /** @type {any} */ (waiting.get(data.id))
      waiting.delete(data.id)
      if (data.type === "answer") answer(data)
      else reject(new Error([data.error.what, data.error.value, data.error.hint].filter(Boolean).join(": ")))
    }
  })
  return (request, values) =>
    new Promise((resolve, reject) => {
      const id = String(number++)
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, request, values })
    })
}
