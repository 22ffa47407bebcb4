import { loadNet } from "../caffe/index.js"
import { compareNets } from "../equivalence/index.js"
import { engineOptions, loadOptions, namedPositionals, netOptions } from "./arguments.js"
import type { Command } from "./command.js"
import { comparisonText } from "./comparison-text.js"
import { engineFlags } from "./forward.js"
import { inputFlags } from "./pass-arguments.js"
import { progressLine } from "./progress-line.js"

export const compare: Command = {
  options: { ...netOptions, ...engineOptions, input: { type: "string", multiple: true } },

  async run(args) {
    const names = ["NET_A", "WEIGHTS_A", "NET_B", "WEIGHTS_B"]
    const [netA, weightsA, netB, weightsB] = namedPositionals(args.positionals, names)
    const a = await loadNet(netA!, weightsA, loadOptions(args))
    const b = await loadNet(netB!, weightsB, loadOptions(args))
    const inputs = await inputFlags(args)
    const progress = progressLine("comparing")
    const comparison = await compareNets(a, b, {
      ...engineFlags(args),
      ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
      onProgress: ({ done, total }) => progress.update(done, total),
    })
    progress.done()
    return {
      text: comparisonText(comparison),
      json: comparison.toJSON(),
      status: comparison.equivalent ? 0 : 1,
    }
  },
}
