/** Which of the two lessons is open. */
export type Lesson = "prelu" | "batch-norm"

/**
 * All that the playground is: the page computes everything else of it, with or without a kernel. Either side may change any of it.
 */
export interface PlaygroundState {
  lesson: Lesson
  /** PReLU's slope a, and the input x that is looked at. */
  slope: number
  x: number
  /** What goes into the convolution of one weight, and which of them is being edited. */
  samples: number[]
  sample: number
  /** Weight w and bias b of that convolution. */
  weight: number
  bias: number
  /** BatchNorm's eps, and the moving-average factor that its file holds as blob 2. */
  eps: number
  factor: number
  /** Scale's gamma and beta. */
  gamma: number
  beta: number
  /** What the folding script takes for eps; null is the layer's own. */
  foldEps: number | null
  /** Does the script take blobs 0 and 1 as they stand, without dividing by blob 2? */
  factorIgnored: boolean
}

/** Eight inputs as a channel may have them; each preset is drawn once, so that everybody sees the same. */
export const samplePresets = {
  healthy: [-0.62, 0.18, 0.55, 0.94, 1.21, 1.63, 2.08, 2.83],
  shifted: [2.21, 2.34, 2.42, 2.47, 2.55, 2.58, 2.66, 2.77],
  "nearly dead": [0.9971, 0.9984, 0.9993, 1.0002, 1.0007, 1.0011, 1.0014, 1.0018],
  dead: [1, 1, 1, 1, 1, 1, 1, 1],
} as const

export type SamplePreset = keyof typeof samplePresets

/** What a playground begins with. */
export const playgroundDefaults: PlaygroundState = {
  lesson: "prelu",
  slope: 0.25,
  x: -2,
  samples: [...samplePresets.healthy],
  sample: 0,
  weight: 1,
  bias: 0,
  eps: 1e-5,
  factor: 1000,
  gamma: 1,
  beta: 0,
  foldEps: null,
  factorIgnored: false,
}
