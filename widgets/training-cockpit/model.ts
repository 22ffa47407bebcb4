import type { CockpitState } from "../../src/widgets/cockpit-state.js"
import type { Model as ModelOf } from "../shared/model.js"

export type Model = ModelOf<CockpitState>
