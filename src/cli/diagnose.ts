import { loadNet } from "../caffe/index.js"
import { type Diagnosis, diagnose as diagnoseNets, type Finding } from "../diagnosis/index.js"
import { engineOptions, loadOptions, namedPositionals, netOptions } from "./arguments.js"
import type { Command } from "./command.js"
import { engineFlags } from "./forward.js"
import { inputFlags } from "./pass-arguments.js"
import { progressLine } from "./progress-line.js"

export const diagnose: Command = {
  options: { ...netOptions, ...engineOptions, input: { type: "string", multiple: true } },

  async run(args) {
    const names = ["NET", "WEIGHTS", "MERGED_NET", "MERGED_WEIGHTS"]
    const [net, weights, mergedNet, mergedWeights] = namedPositionals(args.positionals, names)
    const original = await loadNet(net!, weights, loadOptions(args))
    const merged = await loadNet(mergedNet!, mergedWeights, loadOptions(args))
    const inputs = await inputFlags(args)
    const progress = progressLine("comparing")
    const diagnosis = await diagnoseNets(original, merged, {
      ...engineFlags(args),
      ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
      onProgress: ({ done, total }) => progress.update(done, total),
    })
    progress.done()
    return {
      text: diagnosisText(diagnosis),
      json: diagnosis.toJSON(),
      status: diagnosis.equivalent ? 0 : 1,
    }
  },
}

/** The verdict, then every finding in four lines: what, why, numbers, what to do. */
function diagnosisText(diagnosis: Diagnosis): string {
  return [`${diagnosis}\n`, ...diagnosis.findings.map(findingText)].join("\n")
}

function findingText({ layer, into, bug, explanation, evidence, fix, effect }: Finding): string {
  const where = into && into !== layer ? `${layer} (now in ${into})` : layer
  const moves = ({ blob, difference, largest }: { blob: string; difference: number; largest: number }) =>
    `${blob} by ${difference.toPrecision(3)} of ${largest.toPrecision(3)}`
  const lines = [
    `${where}: ${bug}`,
    `  ${explanation}`,
    `  ${evidence}`,
    ...(effect ? [`  alone it moves ${moves(effect.here)}, the output ${moves(effect.output)}`] : []),
    ...(fix ? [`  ${fix}`] : []),
  ]
  return `${lines.join("\n")}\n`
}
