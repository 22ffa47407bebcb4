import { packageFolder, tree } from "./tree.js"

/** Puts files of the package into the tree of this thread: `files.json`, the text of each by its path in the package. */
export function mountFiles(pack: Uint8Array | ArrayBuffer): void {
  const files = JSON.parse(new TextDecoder().decode(pack)) as Record<string, string>
  const encoder = new TextEncoder()
  for (const [path, text] of Object.entries(files))
    tree.write(`${packageFolder}/${path}`, encoder.encode(text), 0)
}
