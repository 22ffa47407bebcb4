import type { FoldResult, FoldSiteState, FoldStepperState } from "../../src/widgets/fold-stepper-state.js"
import type { Model as ModelOf } from "../shared/model.js"

export type Model = ModelOf<FoldStepperState>

/** What the kernel computed, and where. */
export interface Shown {
  readonly site: FoldSiteState
  readonly result: FoldResult
  readonly factorIgnored: boolean
}

/** Reads a wish of the page in; the kernel follows. */
export type Wish = (values: Partial<FoldStepperState>) => void
