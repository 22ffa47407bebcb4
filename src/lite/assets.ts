import { PrelabError } from "../error.js"

// Files that are too large to be loaded before somebody needs them: they lie in the extension's own folder.

/** Their names in that folder: `src/setup/lite-files.mjs` puts them there. */
const files = {
  plotly: "plotly.min.js",
  "gpu.js": "gpu-browser.min.js",
} as const

export type Asset = keyof typeof files

let folder: string | undefined

/** Says where they are: an absolute URL that ends with a slash. */
export function setAssets(baseUrl: string): void {
  folder = baseUrl
}

export function assetUrl(name: Asset): string {
  if (folder === undefined) throw new Error("no folder of assets yet")
  return new URL(files[name], folder).href
}

/** @throws PrelabError when the site does not have it */
export async function fetchAsset(name: Asset): Promise<Uint8Array> {
  const url = assetUrl(name)
  const response = await fetch(url).catch((cause) => {
    throw new PrelabError("cannot reach", url, { cause })
  })
  if (!response.ok) throw new PrelabError("download failed", `${response.status} ${url}`)
  return new Uint8Array(await response.arrayBuffer())
}
