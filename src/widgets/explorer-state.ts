/**
 * What the slope explorer's two sides share. The page writes `slopes`, `layer`, `channel`, `sample`, `sort`,
 * `filter` and `revision`; the kernel writes the rest. Everything is in the state, nothing in messages: a page that is
 * loaded again shows the same.
 */
export interface ExplorerState {
  net: string
  layers: ExplorerLayer[]
  paper: Paper
  /** Current slopes, layer by layer. */
  slopes: number[][]
  /** Chosen layer and, in it, channel. */
  layer: number
  channel: number
  /** In which order channels are drawn, and which of them. */
  sort: "channel" | "slope" | "change"
  filter: "all" | "negative" | "above 1" | "near zero" | "near equal"
  /** Which item of the input's batch runs, of how many. */
  sample: number
  samples: number
  /** Goes up with each of the page's edits; results carry the one that they are for. */
  revision: number
  /** Absent without an input, and until the first pass is done. */
  result: ExplorerResult | null
  image: ExplorerImage | null
}

/** Slopes that somebody else's net learned: means, with one slope for all channels of a layer and with one a channel. */
export interface Paper {
  name: string
  title: string
  words: string
  rows: { layer: string; shared: number; perChannel: number }[]
}

export interface ExplorerLayer {
  name: string
  shared: boolean
  /** The slopes that the net came with. */
  original: number[]
}

/** One pass of the net with the current slopes. */
export interface ExplorerResult {
  revision: number
  layer: number
  channel: number
  /** What really ran: engine and backend. */
  ran: string
  milliseconds: number
  /**
   * What enters the chosen channel of the chosen layer, as float32; at most `mostActivations` of `total`,
   * evenly taken.
   */
  activations: ArrayBufferView
  total: number
  outputs: ExplorerOutput[]
}

/** A net's output with the slopes it came with, and with the current ones. */
export interface ExplorerOutput {
  name: string
  /** One number a class, as a classifier gives: the largest is the prediction. */
  classes: boolean
  /** Flat indices of the values shown: all, or the largest ones. */
  indices: number[]
  before: number[]
  after: number[]
  /** Of all values, where `total` is how many there are. */
  largestBefore: number
  largestAfter: number
  largestChange: number
  total: number
}

/** The sample as a picture, 4 bytes a pixel. */
export interface ExplorerImage {
  width: number
  height: number
  pixels: ArrayBufferView
}
