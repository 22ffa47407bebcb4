import * as Dagre from "@dagrejs/dagre"

export function dagre(): typeof Dagre {
  return Dagre
}
