import { loadNet } from "../caffe/index.js"
import { preluSlopes } from "../inspect/prelu-slopes.js"
import { namedPositionals } from "./arguments.js"
import type { Command } from "./command.js"
import { table } from "./table.js"

export const slopes: Command = {
  async run(args) {
    const [prototxt, weights] = namedPositionals(args.positionals, ["NET", "[WEIGHTS]"])
    const report = preluSlopes(await loadNet(prototxt!, weights))
    const rows = report.layers.map(({ layer, shared, slopes, statistics: s }) => [
      layer,
      shared ? "shared" : String(slopes.length),
      ...[s.min, s.max, s.mean, s.std].map((value) => value.toPrecision(4)),
      String(s.negative),
      String(s.aboveOne),
    ])
    const head = ["layer", "channels", "min", "max", "mean", "std", "negative", "above 1"]
    const channels = report.layers.map(({ layer, slopes }) => `${layer}: ${slopes.join(" ")}\n`).join("")
    const warnings = report.warnings.map((warning) => `warning: ${warning}\n`).join("")
    return {
      text: `${report}\n\n${table(head, rows, [1, 2, 3, 4, 5, 6, 7])}\n${channels}${warnings}`,
      json: report.toJSON(),
    }
  },
}
