import type { FoldResult } from "../../src/widgets/fold-stepper-state.js"
import { format } from "../shared/numbers.js"
import { times } from "./probe-ruler.js"

export interface Verdict {
  readonly holds: boolean
  readonly text: string
}

/** Does the folded channel compute the same, up to the rounding that the bound allows for? */
export function verdictOf({ refused, probes, alpha, right, foldedBias }: FoldResult): Verdict {
  if (refused !== null) return { holds: false, text: `Nothing was folded: ${refused}.` }
  const worst = probes.reduce((a, b) => (b.ratio > a.ratio ? b : a))
  const numbers = `${worst.name}: difference ${format(worst.difference)}, bound ${format(worst.bound)}`
  if (worst.ratio <= 1)
    return {
      holds: true,
      text: `Within the bound on all ${probes.length} probes: at most ${times(worst.ratio)} of it (${numbers}).`,
    }
  const beyond = probes.filter(({ ratio }) => ratio > 1).length
  const why = [
    ...(alpha === right.alpha ? [] : [`α is ${format(alpha / right.alpha)} times the right one`]),
    ...(foldedBias === right.bias ? [] : [`b′ is ${format(foldedBias)}, not ${format(right.bias)}`]),
  ]
  return {
    holds: false,
    text: `Beyond the bound on ${beyond} of ${probes.length} probes, up to ${times(worst.ratio)} times (${numbers}): ${why.join("; ")}.`,
  }
}
