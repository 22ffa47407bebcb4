import type { ExplorerBox, ExplorerEdge, ExplorerGraph, ExplorerSide } from "../net-explorer-state.js"
import { dagre } from "./load-dagre.js"

/** A box's sizes, in pixels; the page draws by the same ones. */
export const boxSizes = { width: 232, head: 38, row: 22, block: 52 } as const

/**
 * Lays a net out in layers from top to bottom, by dagre.
 *
 * @param stacks all layers' places, one box each unless a group that is closed holds it
 * @param closed groups drawn as one box, by their place; a block goes before the stacks in it
 */
export function graphLayout(
  { layers, groups }: Pick<ExplorerSide, "layers" | "groups">,
  stacks: readonly (readonly number[])[],
  closed: readonly number[],
): ExplorerGraph {
  const { Graph, layout } = dagre()
  const boxes = boxesOf(groups, stacks, new Set(closed))
  const boxAt = new Map(boxes.flatMap((box, i) => box.layers.map((layer) => [layer, i] as const)))
  const blobs = new Map<string, { from: number; to: number; blobs: Set<string> }>()
  for (const [index, layer] of layers.entries()) {
    const to = boxAt.get(index)!
    for (const { layer: producer, blob } of layer.bottoms) {
      const from = boxAt.get(producer)!
      if (from === to) continue
      const edge = blobs.get(`${from} ${to}`) ?? { from, to, blobs: new Set() }
      blobs.set(`${from} ${to}`, edge)
      edge.blobs.add(blob)
    }
  }
  const graph = new Graph()
  graph.setGraph({ rankdir: "TB", nodesep: 28, edgesep: 14, ranksep: 30, marginx: 12, marginy: 12 })
  graph.setDefaultEdgeLabel(() => ({}))
  boxes.forEach(({ width, height }, i) => {
    graph.setNode(String(i), { width, height })
  })
  for (const { from, to } of blobs.values()) graph.setEdge(String(from), String(to))
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return {
    width: Math.max(boxSizes.width, Math.ceil(width)),
    height: Math.max(boxSizes.head, Math.ceil(height)),
    boxes: boxes.map((box, i): ExplorerBox => {
      const { x, y } = graph.node(String(i)) as { x: number; y: number }
      return { ...box, x: Math.round(x - box.width / 2), y: Math.round(y - box.height / 2) }
    }),
    edges: [...blobs.values()].map((edge): ExplorerEdge => {
      const { points } = graph.edge(String(edge.from), String(edge.to)) as { points: readonly Point[] }
      return { ...edge, blobs: [...edge.blobs], path: curve(points) }
    }),
  }
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Through the first and the last point, and smoothly past those between. */
function curve(points: readonly Point[]): string {
  const at = ({ x, y }: Point) => `${Math.round(x)} ${Math.round(y)}`
  const [first, ...rest] = points
  const last = rest.pop()
  if (!first || !last) return ""
  const bends = rest.map((point, i) => {
    const next = rest[i + 1]
    return `Q${at(point)} ${at(next ? { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 } : last)}`
  })
  return `M${at(first)}${bends.length > 0 ? bends.join("") : `L${at(last)}`}`
}

type Unplaced = Omit<ExplorerBox, "x" | "y">

function boxesOf(
  groups: ExplorerSide["groups"],
  stacks: readonly (readonly number[])[],
  closed: ReadonlySet<number>,
): Unplaced[] {
  const groupAt = new Map<number, number>()
  for (const [g, { kind, layers }] of groups.entries())
    if (kind === "stack" || closed.has(g)) for (const layer of layers) groupAt.set(layer, g)
  const boxes: Unplaced[] = []
  const done = new Set<number>()
  for (const stack of stacks) {
    const group = groupAt.get(stack[0]!) ?? null
    if (group !== null && done.has(group)) continue
    if (group !== null) done.add(group)
    const layers = group === null ? [...stack] : groups[group]!.layers
    const isClosed = group !== null && closed.has(group)
    const height =
      group !== null && groups[group]!.kind === "block"
        ? boxSizes.block
        : boxSizes.head + boxSizes.row * (isClosed ? 1 : layers.length - 1)
    boxes.push({ width: boxSizes.width, height, layers, group, closed: isClosed })
  }
  return boxes
}
