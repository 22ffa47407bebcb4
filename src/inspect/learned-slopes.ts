/** A layer of the paper's network with the average slope it learned. */
export interface LearnedSlope {
  readonly layer: string
  /** One slope for all channels. */
  readonly shared: number
  /** Mean of one slope per channel. */
  readonly perChannel: number
}

/**
 * The slopes that a 14-layer ImageNet network learned, started at 0.25 without weight decay: He et al. 2015,
 * "Delving deep into rectifiers" (arXiv 1502.01852), Table 1. The first layer keeps both signs; later layers
 * become more nonlinear.
 */
export const learnedSlopes: readonly LearnedSlope[] = [
  { layer: "conv1", shared: 0.681, perChannel: 0.596 },
  { layer: "conv2_1", shared: 0.103, perChannel: 0.321 },
  { layer: "conv2_2", shared: 0.099, perChannel: 0.204 },
  { layer: "conv2_3", shared: 0.228, perChannel: 0.294 },
  { layer: "conv2_4", shared: 0.561, perChannel: 0.464 },
  { layer: "conv3_1", shared: 0.126, perChannel: 0.196 },
  { layer: "conv3_2", shared: 0.089, perChannel: 0.152 },
  { layer: "conv3_3", shared: 0.124, perChannel: 0.145 },
  { layer: "conv3_4", shared: 0.062, perChannel: 0.124 },
  { layer: "conv3_5", shared: 0.008, perChannel: 0.134 },
  { layer: "conv3_6", shared: 0.21, perChannel: 0.198 },
  { layer: "fc1", shared: 0.063, perChannel: 0.074 },
  { layer: "fc2", shared: 0.031, perChannel: 0.075 },
]
