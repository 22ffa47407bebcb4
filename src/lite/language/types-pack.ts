import { packageFolder, type Tree } from "../tree.js"

/** Declarations, and the package.json files by which they are found: texts by their path in the package. */
export type TypesPack = Record<string, string>

/** Puts the declarations where TypeScript looks for them. */
export async function mountTypes(tree: Tree, types: ArrayBuffer | string): Promise<void> {
  const pack: TypesPack = JSON.parse(new TextDecoder().decode(await bytesOf(types)))
  const encoder = new TextEncoder()
  for (const [path, text] of Object.entries(pack))
    tree.write(`${packageFolder}/${path}`, encoder.encode(text), 0)
}

async function bytesOf(types: ArrayBuffer | string): Promise<ArrayBuffer> {
  if (typeof types !== "string") return types
  const response = await fetch(types)
  if (!response.ok) throw new Error(`types cannot be read: ${response.status} ${types}`)
  return response.arrayBuffer()
}
