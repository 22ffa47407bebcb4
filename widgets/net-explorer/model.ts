import type { ExplorerLayer, LayerKind, NetExplorerState } from "../../src/widgets/net-explorer-state.js"
import type { Model as ModelOf } from "../shared/model.js"

export type Model = ModelOf<NetExplorerState>

/** The sign of each kind of layer. */
export type Signs = ReadonlyMap<LayerKind, string>

/** `− removed`; nothing for a layer that is the same. */
export function changeWord({ change }: ExplorerLayer): string {
  return { same: "", removed: "− removed", added: "+ added", changed: "≠ changed" }[change]
}

/** 12,345 on every page. */
export function spoken(n: number): string {
  return n.toLocaleString("en-US")
}
