/** What a folding script can get wrong here, beside its eps. */
export type FoldMistake = "factor ignored" | "own bias lost" | "beta lost"

/**
 * What the fold stepper's two sides share. The page writes `site`, `channel`, `probe`, `eps`, `mistakes`, `step` and `revision`; the kernel writes
 * the rest. Everything is in the state, nothing in messages: a page that is loaded again shows the same.
 */
export interface FoldStepperState {
  net: string
  sites: FoldSiteState[]
  /** What else became of the net's batch norms and scales, a sentence each. */
  others: string[]
  /** The inputs that both nets can be held against each other on. */
  probes: string[]
  /** Chosen place, in it the output channel, and the probe whose outputs are drawn. */
  site: number
  channel: number
  probe: number
  /** What the script takes for eps; null is the layer's own. */
  eps: number | null
  mistakes: FoldMistake[]
  /** From 0, reading the statistics, to 5, comparing outputs. */
  step: number
  /** Goes up with each of the page's wishes; results carry the one that they are for. */
  revision: number
  /** Absent until the first one is computed. */
  result: FoldResult | null
}

/** A layer with weights, and the batch norm behind it that goes into them. */
export interface FoldSiteState {
  layer: string
  type: string
  norm: string
  /** The Scale after the batch norm, where there is one. */
  scale: string | null
  channels: number
  /** The layer's own eps, as the float32 that its message holds. */
  eps: number
  /** Mistakes that would change something here. */
  mistakes: FoldMistake[]
}

/** One output channel and its fold, with the mistakes that were asked for. */
export interface FoldResult {
  revision: number
  site: number
  channel: number
  /** BatchNorm's blobs at this channel, as they are stored. */
  stored: { mean: number; variance: number; factor: number }
  /** As the script takes them. */
  mean: number
  variance: number
  eps: number
  gamma: number
  beta: number
  /** The layer's own bias, 0 where it has none; and what the script takes for it and for beta. */
  bias: number
  taken: { bias: number; beta: number }
  alpha: number
  /** The channel's weights and what the fold stores, float32, one map of `kernel` for each input. */
  weights: ArrayBufferView
  folded: ArrayBufferView
  foldedBias: number
  inputs: number
  kernel: number[]
  /** What the right fold has. */
  right: { alpha: number; bias: number }
  /** Why nothing was folded: parameters beyond float32. Then there are no outputs. */
  refused: string | null
  outputs: FoldOutputs | null
  probes: FoldProbe[]
}

/** The channel's outputs on one probe: of the layers as they are, of the folded one, and how far rounding may take them apart. */
export interface FoldOutputs {
  probe: number
  /** Rows and columns; more axes are stacked in rows. */
  rows: number
  columns: number
  /** float32 */
  original: ArrayBufferView
  folded: ArrayBufferView
  /** |original - folded| / bound of the right fold, float32. */
  ratios: ArrayBufferView
}

/** The channel on one probe; difference and bound are those where their ratio is largest. */
export interface FoldProbe {
  name: string
  difference: number
  bound: number
  ratio: number
  /** Outputs beyond their bound, of how many. */
  beyond: number
  total: number
}
