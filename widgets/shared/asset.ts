import { ask } from "./ask.js"
import type { Experimental } from "./experimental.js"

/** One for the page, whichever widget's module asks: each module has a copy of this file. */
const page = globalThis as { prelabAssets?: Map<string, Promise<unknown>> }

/**
 * A library that the kernel has (`assetCommands` of src/widgets/page-assets.ts): it is sent to a page once, when the first widget asks,
 * and never comes from the network. To be called in `render`, not at the top of a module: anywidget waits two seconds for that.
 *
 * @throws Error with the kernel's words; then the next widget asks again
 */
export function asset<Library>(experimental: Experimental, name: string): Promise<Library> {
  page.prelabAssets ??= new Map()
  const known = page.prelabAssets.get(name)
  if (known) return known as Promise<Library>
  const loading = ask<DataView<ArrayBuffer>>(experimental, "asset", name).then(loadScript)
  page.prelabAssets.set(name, loading)
  loading.catch(() => page.prelabAssets?.delete(name))
  return loading as Promise<Library>
}

/** Runs a script that is written for CommonJS or the page's global object, and gives what it exports. */
async function loadScript(script: DataView<ArrayBuffer>): Promise<unknown> {
  const before = "const module = { exports: {} }, exports = module.exports, define = undefined;\n"
  const parts = [before, script, "\nexport default module.exports;"]
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }))
  try {
    return ((await import(/* @vite-ignore */ url)) as { default: unknown }).default
  } finally {
    URL.revokeObjectURL(url)
  }
}
