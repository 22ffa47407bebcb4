import type { ExplorerState } from "../../src/widgets/explorer-state.js"
import type { Model as ModelOf } from "../shared/model.js"

export type Model = ModelOf<ExplorerState>
