import type { ActivationState } from "../../src/widgets/activation-state.js"
import type { Model as ModelOf } from "../shared/model.js"

export type Model = ModelOf<ActivationState>
