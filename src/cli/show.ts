import { loadNet } from "../caffe/index.js"
import { describeNet, netSentence, wiringOf } from "../inspect/index.js"
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
      layer.graph,
      layer.name,
      layer.type,
      wiringOf(layer),
      layer.shapes.map((shape) => shape?.join("x") ?? "?").join(" "),
      layer.sharesWith ? `those of ${layer.sharesWith}` : countOrNothing(layer.parameters),
      countOrNothing(layer.macs),
    ])
    const notes = [
      ...new Set(description.layers.flatMap(({ problem }) => (problem ? [`cannot run: ${problem}\n`] : []))),
      ...description.warnings.map((warning) => `warning: ${warning}\n`),
    ].join("")
    const head = ["#", "graph", "layer", "type", "bottoms → tops", "shape", "parameters", "MACs"]
    const title = `${net.name || "unnamed net"}: ${netSentence(description)}`
    return {
      text: `${title}\n\n${table(head, rows, [0, 6, 7])}${notes && `\n${notes}`}`,
      json: description,
    }
  },
}

function countOrNothing(n: number): string {
  return n ? n.toLocaleString("en-US") : ""
}
