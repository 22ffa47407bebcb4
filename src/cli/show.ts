import { loadNet } from "../caffe/index.js"
import { describeNet } from "../inspect/describe-net.js"
import { loadOptions, namedPositionals, netOptions } from "./arguments.js"
import type { Command } from "./command.js"
import { table } from "./table.js"

export const show: Command = {
  options: netOptions,

  async run(args) {
    const [prototxt, weights] = namedPositionals(args.positionals, ["NET", "[WEIGHTS]"])
    const net = await loadNet(prototxt!, weights, loadOptions(args))
    const description = describeNet(net)
    const rows = description.layers.map((layer) => [
      String(layer.index),
      layer.name,
      layer.type,
      layer.bottoms.join(" "),
      layer.tops.join(" ") + (layer.inPlace ? " (in place)" : ""),
      layer.shapes.map((shape) => shape?.join("x") ?? "?").join(" "),
      layer.parameters ? layer.parameters.toLocaleString("en-US") : "",
      layer.macs ? layer.macs.toLocaleString("en-US") : "",
    ])
    const warnings = description.warnings.map((warning) => `warning: ${warning}\n`).join("")
    const head = ["#", "layer", "type", "bottoms", "tops", "shape", "parameters", "MACs"]
    const macs = description.macs.toLocaleString("en-US")
    return {
      text: `${net}, ${macs} MACs\n\n${table(head, rows, [0, 6, 7])}${warnings && `\n${warnings}`}`,
      json: description,
    }
  },
}
