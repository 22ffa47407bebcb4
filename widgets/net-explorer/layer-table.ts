import type { ExplorerSide } from "../../src/widgets/net-explorer-state.js"
import { table } from "../shared/table.js"
import { later } from "./later.js"
import { changeWord, spoken } from "./model.js"

/** The drawing as a table. */
export function layerTable({ layers }: ExplorerSide, title: string, compares: boolean): HTMLElement {
  const heads = [
    "#",
    "layer",
    "type",
    "bottoms → tops",
    "shape",
    ...(compares ? ["change"] : []),
    "parameters",
    "MACs",
  ]
  return later(`${title} as a table`, `layers of ${title}`, () =>
    table(
      heads,
      layers.map((layer, i) => [
        String(i),
        layer.name,
        layer.type,
        [layer.bottoms, layer.tops].map((ends) => ends.map(({ blob }) => blob).join(", ")).join(" → "),
        layer.brief,
        ...(compares ? [changeWord(layer)] : []),
        spoken(layer.parameters),
        spoken(layer.macs),
      ]),
      "layers",
    ),
  )
}
