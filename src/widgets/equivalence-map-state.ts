/**
 * What the equivalence map's two sides share. The page writes `engine` and `revision` when it wants the comparison to run again, and
 * `chosen`; the kernel writes the rest. Numbers that JSON lacks travel as text or as binary.
 */
export interface EquivalenceMapState {
  before: string
  after: string
  /** What can be run on: the value of `engine`, and what it is called. */
  engines: [value: string, name: string][]
  engine: string
  /** Goes up with each wish; what comes of one carries it. */
  revision: number
  /** The last wish that is done with, by a map, an error or a stop. */
  settled: number
  progress: MapProgress | null
  /** The last comparison that came to its end. */
  map: ComparisonMap | null
  /** Why the last wish came to nothing. */
  failure: MapFailure | null
  chosen: MapCell
  /** Of the chosen cell. */
  place: ChosenPlace | null
}

export interface MapProgress {
  revision: number
  done: number
  total: number
  words: string
}

export interface MapFailure {
  revision: number
  /** What went wrong, and on which engine. */
  message: string
  /** The next step, where there is one. */
  hint: string
}

export interface MapCell {
  segment: number
  channel: number
}

export interface ComparisonMap {
  revision: number
  equivalent: boolean
  /** The verdict: what ran, and why the nets are equivalent or not. */
  sentence: string
  /** Engine and backend that really ran. */
  ran: string
  seconds: number
  probes: string[]
  segments: MapSegment[]
  ends: MapEnd[]
}

export interface MapSegment {
  /** The layers of both nets. */
  name: string
  /** The last layer of the first net. */
  layer: string
  blob: string
  /** What the certificate says of it. */
  status: string
  holds: boolean
  /** Largest difference / bound in every channel, as float64. */
  channels: ArrayBufferView
  /** The place of the largest of all; null where nothing differs. */
  worst: MapPlace | null
}

/** One number of a blob where the nets differ. */
export interface MapPlace {
  channel: number
  /** Blob and position, as `conv1 [0, 3, 1, 1]`. */
  where: string
  probe: string
  /** The value of the first net and of the second, in as many digits as tell float32s apart. */
  values: [string, string]
  difference: string
  bound: string
  ratio: string
}

export interface ChosenPlace extends MapCell {
  revision: number
  /** Null where nothing differs. */
  place: MapPlace | null
}

/** An output, end to end. */
export interface MapEnd {
  output: string
  difference: string
  floor: string
  largest: string
}
