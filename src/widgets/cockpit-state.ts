/**
 * What the training cockpit's two sides share. The page writes `smoothing`, `hidden` and `isLog`, and asks the kernel
 * for everything else; the kernel writes the rest. A page that is loaded again shows the same.
 */
export interface CockpitState {
  net: string
  phase: "ready" | "training" | "paused" | "finished"
  /** Why the last training ended, where it failed. */
  problem: string
  maxIterations: number
  /** Of one iteration, lately; 0 before the first. */
  milliseconds: number
  /** The solver's, or what was set since; and what its policy made of it for the last update. */
  baseRate: number
  rate: number
  policy: string
  /** Whether there is anything to test with. */
  isTested: boolean
  layers: CockpitLayer[]
  /** Of each layer, as they are now, float32. */
  slopes: ArrayBufferView[]
  /** The run that the buttons move, and those before it. Only the first one grows. */
  run: CockpitRun
  kept: CockpitRun[]
  /** Weight of the moving average, 0 to below 1. */
  smoothing: number
  /** Names of the runs that are not drawn. */
  hidden: string[]
  isLog: boolean
}

export interface CockpitLayer {
  name: string
  shared: boolean
  channels: number
}

export interface CockpitRun {
  name: string
  iteration: number
  /** A curve of losses, see SampledCurve. */
  loss: ArrayBufferView
  /** float32 pairs: after so many updates, which part of the test data was right. */
  accuracy: ArrayBufferView
  /** Of each PReLU layer a curve: means of its slopes, with the least and the largest. */
  slopes: ArrayBufferView[]
  changes: CockpitChange[]
}

/** What was changed by hand, and the first iteration that it had an effect on. */
export interface CockpitChange {
  iteration: number
  what: string
}

/** What the page asks for with the command `change`. */
export interface ChangeWish {
  readonly base_lr?: number
  readonly slopes?: {
    readonly layer: number /** All of them, where absent. */
    readonly channel?: number
    readonly value: number
  }
}
