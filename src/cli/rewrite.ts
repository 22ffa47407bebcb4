import { loadNet } from "../caffe/index.js"
import { saveNet } from "../caffe/save-net.js"
import { compareNets } from "../equivalence/index.js"
import type { Net } from "../net/index.js"
import { loadOptions, namedPositionals, netOptions } from "./arguments.js"
import type { Command } from "./command.js"
import { comparisonText } from "./comparison-text.js"
import { progressLine } from "./progress-line.js"
import { rewriteSteps, runSteps, type StepReport } from "./rewrite-steps.js"
import { StageTimes } from "./stage-times.js"
import { table } from "./table.js"

export const rewrite: Command = {
  options: {
    ...netOptions,
    ...Object.fromEntries(rewriteSteps.map(({ flag }) => [flag, { type: "boolean" as const }])),
    form: { type: "string" },
    leaky: { type: "boolean" },
    output: { type: "string", multiple: true },
    shape: { type: "string", multiple: true },
    "no-verify": { type: "boolean" },
  },

  async run(args) {
    const [prototxt, weights, out] = namedPositionals(args.positionals, ["NET", "WEIGHTS", "OUT"])
    const times = new StageTimes()
    const net = await times.run("load", () => loadNet(prototxt!, weights, loadOptions(args)))
    const { net: rewritten, reports } = await times.run("rewrite", () => runSteps(net, args))
    // Tidying gives up outputs on purpose; what is left must be what it was.
    const outputs = args.flags.tidy ? rewritten.outputs.map(({ blob }) => blob) : undefined
    const comparison = args.flags["no-verify"]
      ? undefined
      : await times.run("verify", () => verify(net, rewritten, outputs))
    const warnings = rewritten.warnings.map((warning) => `warning: ${warning}\n`).join("")
    const actions = reports.map(actionsText).join("\n") + (warnings && `\n${warnings}`)
    const json = {
      actions: reports.flatMap((report) =>
        report.actions.map((action) => ({ rewrite: report.rewrite, ...action })),
      ),
      verdict: comparison?.toJSON() ?? null,
      warnings: rewritten.warnings,
    }
    if (comparison && !comparison.equivalent) {
      const text = `${actions}\n${comparisonText(comparison)}\nnothing written; ${times}\n`
      return { text, json: { ...json, timings: times }, status: 1 }
    }
    const files = await times.run("save", () => saveNet(rewritten, out!))
    const verdict = comparison ? comparisonText(comparison) : "not verified\n"
    return {
      text: `${actions}\n${verdict}\nwrote ${files.prototxt} and ${files.caffemodel}; ${times}\n`,
      json: { ...json, timings: times, files },
    }
  },
}

function actionsText({ text, actions }: StepReport): string {
  if (actions.length === 0) return `${text}\n`
  const rows = actions.map(({ layer, action, into, why }) => [layer, action, into ?? "", why])
  return `${text}\n\n${table(["layer", "action", "into", "why"], rows)}`
}

async function verify(net: Net, rewritten: Net, outputs: readonly string[] | undefined) {
  const progress = progressLine("verifying")
  try {
    return await compareNets(net, rewritten, {
      ...(outputs ? { outputs } : {}),
      onProgress: ({ done, total }) => progress.update(done, total),
    })
  } finally {
    progress.done()
  }
}
