import { PrelabError } from "../error.js"
import { browserScripts } from "./browser-scripts.js"

/** Scripts that several widgets use and that are too large for each one's module, by name. */
const scripts: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  plotly: browserScripts.plotly,
  "gpu.js": browserScripts["gpu.js"],
}

/**
 * The command by which a page gets them, once (`widgets/shared/asset.ts`):
 * `defineWidget({ …, commands: { ...assetCommands, … } })`.
 */
export const assetCommands = {
  asset: async (name: string): Promise<Uint8Array> => {
    const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined
    if (!script) throw new PrelabError("no such asset", name, { hint: Object.keys(scripts).join(", ") })
    return script()
  },
}
