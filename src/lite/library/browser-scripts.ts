import { readFile } from "node:fs/promises"
import { fetchAsset } from "../assets.js"

export const browserScripts = {
  plotly: () => fetchAsset("plotly"),
  "gpu.js": () => fetchAsset("gpu.js"),
  "browser-engine": () => readFile(new URL("../../dist/widgets/browser-engine.worker.js", import.meta.url)),
}
