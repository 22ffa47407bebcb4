/**
 * What the activation viewer's two sides share. The page writes `view`, `map`, `sample`, `drawing`, `shared`,
 * `engine` and `revision`; the kernel writes the rest. Everything is in the state: a page that is loaded again shows the same.
 */
export interface ActivationState {
  net: string
  /** What there is to look at, in running order. */
  views: ActivationView[]
  /** The chosen one, and in it the chosen map. */
  view: number
  map: number
  /** Which item of the input's batch runs, of how many. */
  sample: number
  samples: number
  /** Where there is something to draw on. */
  pad: DrawingPad | null
  /** What was drawn, in place of the sample: ink from 0 to 255, row by row, as hexadecimal bytes; empty: nothing. */
  drawing: string
  /** Whether all maps have the colours of one scale, or each its own. */
  shared: boolean
  engine: string
  engines: string[]
  /** Goes up with each of the page's wishes that needs a pass; results carry the one that they are for. */
  revision: number
  result: ActivationResult | null
  /** Why the last pass gave no result, and for which revision. */
  problem: { revision: number; message: string } | null
  /** The sample as a picture; on a pad's scale, where there is one. */
  image: SampleImage | null
}

/** A blob right after a layer. */
export interface ActivationView {
  layer: string
  type: string
  top: string
  /** As Caffe writes it, of one sample: `1x12x28x28`. */
  shape: string
  maps: number
  /** Of each map; 1 by 1 where a layer gives one number a channel. */
  height: number
  width: number
}

/** A pad as large as the net's input; ink i becomes `from + i / 255 (to - from)`. */
export interface DrawingPad {
  width: number
  height: number
  from: number
  to: number
}

export interface ActivationResult {
  revision: number
  view: number
  /** The maps that `values` holds begin with this one: `groupOf(view)` of them, or as many as there are. */
  first: number
  /** float32, map by map, row by row. */
  values: ArrayBufferView
  /** What really ran: engine and backend. */
  ran: string
  milliseconds: number
  outputs: NetOutput[]
}

/** What the net gives for this input. */
export interface NetOutput {
  name: string
  /** One number a class, as a classifier gives: the largest is the prediction. */
  classes: boolean
  /** Flat indices of the values that follow: all, or those of the largest. */
  indices: number[]
  values: number[]
  largest: number
  total: number
}

/** 4 bytes a pixel. */
export interface SampleImage {
  sample: number
  width: number
  height: number
  pixels: ArrayBufferView
}

/** How many maps are sent together: a wide layer is looked at in parts. */
export function groupOf({ height, width }: ActivationView): number {
  return height * width === 1 ? 512 : 64
}
