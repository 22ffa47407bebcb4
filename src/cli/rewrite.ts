import { loadNet } from "../caffe/index.js"
import { saveNet } from "../caffe/save-net.js"
import { compareNets } from "../equivalence/index.js"
import { PrelabError, Refusal } from "../error.js"
import type { Net } from "../net/index.js"
import { type FoldReport, foldBatchNorm } from "../transforms/index.js"
import { namedPositionals } from "./arguments.js"
import type { Command } from "./command.js"
import { comparisonText } from "./comparison-text.js"
import { progressLine } from "./progress-line.js"
import { table } from "./table.js"

const later = ["split-prelu", "join-prelu", "remove-dropout"]

export const rewrite: Command = {
  options: {
    "fold-batch-norm": { type: "boolean" },
    "no-verify": { type: "boolean" },
    ...Object.fromEntries(later.map((name) => [name, { type: "boolean" as const }])),
  },

  async run(args) {
    const [prototxt, weights, out] = namedPositionals(args.positionals, ["NET", "WEIGHTS", "OUT"])
    const missing = later.find((name) => args.flags[name])
    if (missing) throw new Refusal("rewrite not available yet", `--${missing}`)
    if (!args.flags["fold-batch-norm"]) throw new PrelabError("no rewrite asked for", "--fold-batch-norm")
    const net = await loadNet(prototxt!, weights)
    const { net: folded, report } = foldBatchNorm(net)
    const comparison = args.flags["no-verify"] ? undefined : await verify(net, folded, report)
    const rows = report.actions.map(({ layer, action, into, why }) => [layer, action, into ?? "", why])
    const actions = `${report}\n\n${table(["layer", "action", "into", "why"], rows)}`
    const json = { actions: report.actions, verdict: comparison?.toJSON() ?? null }
    if (comparison && !comparison.equivalent) {
      return { text: `${actions}\n${comparisonText(comparison)}\nnothing written\n`, json, status: 1 }
    }
    const files = await saveNet(folded, out!)
    const verdict = comparison ? comparisonText(comparison) : "not verified\n"
    return {
      text: `${actions}\n${verdict}\nwrote ${files.prototxt} and ${files.caffemodel}\n`,
      json: { ...json, files },
    }
  },
}

async function verify(net: Net, folded: Net, report: FoldReport) {
  const progress = progressLine("verifying")
  try {
    return await compareNets(net, folded, {
      report,
      onProgress: ({ done, total }) => progress.update(done, total),
    })
  } finally {
    progress.done()
  }
}
