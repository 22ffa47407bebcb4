// A program that runs compiled cells as the kernel does, with a debugger on another thread.
import { createRequire } from "node:module"
import { Script } from "node:vm"
import { Worker } from "node:worker_threads"
import { mimeBundle } from "../../../../dist/kernel/mime-bundle.js"

const state = {}
Reflect.set(globalThis, Symbol.for("prelab.state"), state)
Reflect.set(globalThis, Symbol.for("prelab.show"), mimeBundle)

const load = createRequire(import.meta.url)
/** @param {string} specifier */
const require = (specifier) => (specifier === "$state" ? state : load(specifier))

const adapter = new Worker(new URL("./adapter.mjs", import.meta.url), { argv: process.argv.slice(2) })
adapter.on("message", async ({ url, js }) => {
  try {
    const script = new Script(`(async function (exports, require) {\n${js}\n})`, { filename: url })
    await script.runInThisContext()(state, require)
    adapter.postMessage({ type: "done" })
  } catch (error) {
    adapter.postMessage({ type: "done", error: String(error) })
  }
})
adapter.on("exit", () => process.exit())
