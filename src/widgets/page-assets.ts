import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { browserScript } from "../engines/gpu/load-gpu-js.js"
import { PrelabError } from "../error.js"

/** Scripts that several widgets use and that are too large for each one's module, by name. */
const scripts: Readonly<Record<string, () => string>> = {
  plotly: () => createRequire(import.meta.url).resolve("plotly.js/plotly.min.js"),
  "gpu.js": browserScript,
}

/**
 * The command by which a page gets them, once (`widgets/shared/asset.ts`):
 * `defineWidget({ …, commands: { ...assetCommands, … } })`.
 */
export const assetCommands = {
  asset: async (name: string): Promise<Uint8Array> => {
    const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined
    if (!script) throw new PrelabError("no such asset", name, { hint: Object.keys(scripts).join(", ") })
    return readFile(script())
  },
}
