import { loadNet } from "../caffe/index.js"
import { preluSlopes } from "../inspect/index.js"
import { loadOptions, namedPositionals, netOptions } from "./arguments.js"
import type { Command } from "./command.js"
import { table } from "./table.js"

export const slopes: Command = {
  options: netOptions,

  async run(args) {
    const [prototxt, weights] = namedPositionals(args.positionals, ["NET", "[WEIGHTS]"])
    const report = preluSlopes(await loadNet(prototxt!, weights, loadOptions(args)))
    const rows = report.layers.map(({ layer, shared, min, max, mean, std, channels, negative, aboveOne }) => [
      layer,
      shared ? "shared" : String(channels),
      ...[min, max, mean, std].map((value) => value.toPrecision(4)),
      String(negative),
      String(aboveOne),
    ])
    const head = ["layer", "channels", "min", "max", "mean", "std", "negative", "above 1"]
    const each = report.layers.map(({ layer, slopes, warnings }) =>
      [`${layer}: ${slopes.join(" ")}\n`, ...warnings.map((warning) => `  ${warning}\n`)].join(""),
    )
    return {
      text: `${report}\n\n${table(head, rows, [1, 2, 3, 4, 5, 6, 7])}\n${each.join("")}`,
      json: report.toJSON(),
    }
  },
}
