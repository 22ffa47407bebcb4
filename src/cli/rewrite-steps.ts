import { PrelabError } from "../error.js"
import type { Net } from "../net/index.js"
import {
  foldBatchNorm,
  joinPRelu,
  type RewriteAction,
  removeDropout,
  type SplitOptions,
  splitPRelu,
  tidy,
} from "../transforms/index.js"
import { type Arguments, choiceFlag, shapeFlags } from "./arguments.js"

/** What every rewrite gives back. */
interface Rewritten {
  readonly net: Net
  readonly report: { readonly actions: readonly RewriteAction[]; toString(): string }
}

/** One rewrite of the command line. */
export interface RewriteStep {
  readonly flag: string
  run(net: Net, args: Arguments): Rewritten
}

const tidyStep: RewriteStep = {
  flag: "tidy",
  run: (net, args) => {
    const outputs = args.flags.output as readonly string[] | undefined
    return tidy(net, { ...(outputs ? { outputs } : {}), inputs: shapeFlags(args) })
  },
}

/**
 * The order in which they run, whatever order they were asked for in. Tidying first takes away Splits and
 * dead readers that would stand in the way of the others, Dropout stands in the way of a fold; PReLUs are
 * split last, when no fold needs to see them whole.
 */
export const rewriteSteps: readonly RewriteStep[] = [
  tidyStep,
  { flag: "remove-dropout", run: (net) => removeDropout(net) },
  { flag: "join-prelu", run: (net) => joinPRelu(net) },
  { flag: "fold-batch-norm", run: (net) => foldBatchNorm(net) },
  { flag: "split-prelu", run: (net, args) => splitPRelu(net, splitOptions(args)) },
]

/** Options of single rewrites, and the rewrite that reads them. */
const optionOwners: Readonly<Record<string, string>> = {
  form: "split-prelu",
  leaky: "split-prelu",
  output: "tidy",
  shape: "tidy",
}

/** One line of what was done. */
export interface StepReport {
  readonly rewrite: string
  readonly actions: readonly RewriteAction[]
  readonly text: string
}

/**
 * Runs the rewrites that were asked for.
 * @throws PrelabError when there are none, or an option belongs to one that was not asked for
 */
export function runSteps(net: Net, args: Arguments): { net: Net; reports: StepReport[] } {
  const asked = rewriteSteps.filter(({ flag }) => args.flags[flag])
  if (asked.length === 0) {
    const flags = rewriteSteps.map(({ flag }) => `--${flag}`)
    throw new PrelabError("no rewrite asked for", "choose among the options", { hint: flags.join(", ") })
  }
  for (const [option, owner] of Object.entries(optionOwners)) {
    if (args.flags[option] !== undefined && !args.flags[owner])
      throw new PrelabError("option of a rewrite that was not asked for", `--${option}`, {
        hint: `add --${owner}`,
      })
  }
  const reports: StepReport[] = []
  let now = net
  // The other rewrites make layers too: what training alone reads of them goes last.
  for (const step of asked[0] === tidyStep && asked.length > 1 ? [...asked, tidyStep] : asked) {
    const { net: next, report } = step.run(
      now,
      step === tidyStep && now !== net ? withoutOutputs(args) : args,
    )
    now = next
    const again = reports.some(({ rewrite }) => rewrite === step.flag)
    if (!again || report.actions.length > 0)
      reports.push({ rewrite: step.flag, actions: report.actions, text: String(report) })
  }
  return { net: now, reports }
}

/** The outputs that were wanted are the only ones by then. */
function withoutOutputs({ positionals, flags: { output: _output, ...flags } }: Arguments): Arguments {
  return { positionals, flags }
}

function splitOptions(args: Arguments): SplitOptions {
  const form = choiceFlag(args, "form", ["scale", "group-convolution"])
  return { ...(form ? { form } : {}), leaky: args.flags.leaky === true }
}
