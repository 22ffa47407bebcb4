/** What a solver does, under SolverParameter's own names: caffe.proto. Floats are float32, as Caffe reads them. */
export interface SolverSettings {
  readonly type: SolverType
  readonly base_lr: number
  readonly lr_policy: LearningRatePolicy
  readonly gamma: number
  readonly power: number
  readonly stepsize: number
  readonly stepvalue: readonly number[]
  readonly max_iter: number
  /** Passes whose gradients make one update. */
  readonly iter_size: number
  readonly momentum: number
  readonly momentum2: number
  readonly rms_decay: number
  readonly delta: number
  readonly weight_decay: number
  readonly regularization_type: "L1" | "L2"
  /** The largest L2 norm that all gradients together may have; below 0: any. */
  readonly clip_gradients: number
  /** Batches of a test; undefined: as many as the test data fill. */
  readonly test_iter: number | undefined
  readonly test_interval: number
  readonly test_initialization: boolean
  /** Losses that the displayed one is the mean of. */
  readonly average_loss: number
  readonly snapshot: number
  readonly snapshot_prefix: string
  readonly snapshot_after_train: boolean
  readonly random_seed: number
}

export const solverTypes = ["SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam"] as const
export type SolverType = (typeof solverTypes)[number]

export const learningRatePolicies = ["fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid"] as const
export type LearningRatePolicy = (typeof learningRatePolicies)[number]

/** SolverParameter's defaults. Without a seed Caffe draws another one in every run; here the seed is then 1. */
export const defaults: Omit<SolverSettings, "base_lr" | "lr_policy" | "max_iter"> = {
  type: "SGD",
  gamma: 0,
  power: 0,
  stepsize: 0,
  stepvalue: [],
  iter_size: 1,
  momentum: 0,
  momentum2: Math.fround(0.999),
  rms_decay: Math.fround(0.99),
  delta: Math.fround(1e-8),
  weight_decay: 0,
  regularization_type: "L2",
  clip_gradients: -1,
  test_iter: undefined,
  test_interval: 0,
  test_initialization: true,
  average_loss: 1,
  snapshot: 0,
  snapshot_prefix: "",
  snapshot_after_train: true,
  random_seed: 1,
}
