import type { ExplorerSide, LayerChoice } from "../../src/widgets/net-explorer-state.js"

/** Layers whose name, type, shape, change or blobs have all of the words in them, in running order and side by side. */
export function search(sides: readonly ExplorerSide[], query: string): LayerChoice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  return sides.flatMap(({ layers }, side) =>
    layers.flatMap(({ label, bottoms, tops }, layer) => {
      const text = [label, ...[...bottoms, ...tops].map(({ blob }) => blob)].join("\n").toLowerCase()
      return words.every((word) => text.includes(word)) ? [{ side, layer }] : []
    }),
  )
}

/** The one after the chosen one, or before it; round at the ends. */
export function nextOf(
  found: readonly LayerChoice[],
  chosen: LayerChoice | null,
  by: 1 | -1,
): LayerChoice | undefined {
  if (found.length === 0 || !chosen) return found.at(by === 1 ? 0 : -1)
  const place = ({ side, layer }: LayerChoice) => 1e6 * side + layer
  if (by === 1) return found.find((each) => place(each) > place(chosen)) ?? found[0]
  return found.findLast((each) => place(each) < place(chosen)) ?? found.at(-1)
}
