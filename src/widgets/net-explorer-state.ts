/**
 * What the net explorer's two sides share. The page writes `chosen` and `query`, and asks the kernel to `draw`, `toggle` and `weigh`; the
 * kernel writes the rest. Everything is in the state: a page that is loaded again shows the same.
 */
export interface NetExplorerState {
  /** One net, or the one before and the one after a rewrite. */
  sides: ExplorerSide[]
  /** The kinds of layers that there are, each in a sign and a word: a colour alone says nothing. */
  legend: [kind: LayerKind, sign: string, word: string][]
  /** What a rewrite did: in a sentence, and where. */
  changed: string
  changes: LayerChoice[]
  /** One a side. */
  graphs: ExplorerGraph[]
  /** Groups that are drawn as one box, by their place in `groups`, for each side. */
  closed: number[][]
  level: DrawLevel
  chosen: LayerChoice | null
  query: string
  /** The layer that was weighed last. */
  weights: LayerWeights | null
}

/** What is drawn as one box: nothing, stacks, blocks, or as the reader opened and closed them. */
export type DrawLevel = "layers" | "stacks" | "blocks" | "mixed"

/** A layer of a side, by its place in running order. */
export interface LayerChoice {
  side: number
  layer: number
}

export interface ExplorerSide {
  name: string
  /** The net in one sentence. */
  summary: string
  layers: ExplorerLayer[]
  groups: ExplorerGroup[]
}

export type LayerKind =
  | "input"
  | "linear"
  | "norm"
  | "activation"
  | "pooling"
  | "join"
  | "shape"
  | "output"
  | "other"

/** `same` where there is nothing to compare with. */
export type LayerChange = "same" | "removed" | "added" | "changed"

export interface ExplorerLayer {
  name: string
  type: string
  kind: LayerKind
  /** All of it in a few words, to be read aloud. */
  label: string
  /** The shape of its tops in short. */
  brief: string
  /** What each bottom is called, and the layer and the top of it that it comes from. */
  bottoms: { blob: string; layer: number; top: number }[]
  /** Shapes as text; null where they cannot be inferred. */
  tops: { blob: string; shape: string | null }[]
  parameters: number
  macs: number
  /** More about it: a name and a value each. */
  facts: [string, string][]
  /** How many blobs it stores. */
  blobs: number
  /** Its fields as they stand in a prototxt. */
  prototxt: string
  change: LayerChange
  /** What changed, in words. */
  changes: string[]
  /** The layer of this name on the other side. */
  other: number | null
}

/** Layers that can be drawn as one box: a layer with what is computed in its place, or what lies between two points that all must pass. */
export interface ExplorerGroup {
  kind: "stack" | "block"
  name: string
  label: string
  /** What it holds, in one line or two. */
  lines: string[]
  /** In running order. */
  layers: number[]
  /** How many of its layers are not as on the other side. */
  differ: number
}

/** Where everything is drawn, in pixels at zoom 1. */
export interface ExplorerGraph {
  width: number
  height: number
  boxes: ExplorerBox[]
  edges: ExplorerEdge[]
}

export interface ExplorerBox {
  /** Left and upper edge. */
  x: number
  y: number
  width: number
  height: number
  layers: number[]
  /** The group that the box stands for, by its place in `groups`; null for a layer that stands alone. */
  group: number | null
  /** Drawn as one; else layer by layer. */
  closed: boolean
}

export interface ExplorerEdge {
  /** Boxes by their place. */
  from: number
  to: number
  blobs: string[]
  /** As SVG draws it. */
  path: string
}

export interface LayerWeights extends LayerChoice {
  blobs: BlobWeights[]
}

/** A parameter blob's numbers; least, largest, mean and deviation are null where no value is finite. */
export interface BlobWeights extends Moments {
  name: string
  shape: string
  count: number
  notFinite: number
  /** The axis along which `channels` runs; null for a blob that has no more than one. */
  axis: number | null
  channels: (Moments & { notFinite: number })[]
  /** How many values lie in each of so many equal parts from min to max. */
  histogram: number[]
}

/** Of the finite values, computed in double. */
export interface Moments {
  min: number | null
  max: number | null
  mean: number | null
  /** Population standard deviation. */
  std: number | null
  zero: number
  negative: number
  positive: number
}
