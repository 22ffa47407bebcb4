import { overwritten, quarterCopy } from "../prelu-museum.js"
import { withoutSlopes } from "./activations.js"
import {
  Experiment,
  type ExperimentOptions,
  each,
  ends,
  firstLoss,
  parting,
  trainVariants,
} from "./experiment.js"

/** Does PReLU train better than ReLU? The same net, weights and batches with one and with the other. */
export async function reluAgainstPRelu(options: ExperimentOptions): Promise<Experiment> {
  const runs = await trainVariants(options, {
    ReLU: { activation: { type: "ReLU" } },
    PReLU: { activation: { type: "PReLU" } },
  })
  return new Experiment("Does PReLU train better than ReLU?", runs, [
    `first loss: ${each(runs, firstLoss)}`,
    ...ends(runs),
  ])
}

/**
 * Leaky ReLU and PReLU filled with the same slope compute the same before any training: their first losses must be equal, and with
 * `lr_mult: 0` all others too. In the discussion they were not, and that led to the bug.
 *
 * @param options.slope 0.1 unless told, as in the discussion
 */
export async function leakyAgainstPRelu(
  options: ExperimentOptions & { readonly slope?: number },
): Promise<Experiment> {
  const { slope = 0.1, ...rest } = options
  const runs = await trainVariants(rest, {
    "leaky ReLU": { activation: { type: "ReLU", slope } },
    PReLU: { activation: { type: "PReLU", slope } },
    "PReLU, lr_mult 0": { activation: { type: "PReLU", slope, lrMult: 0 } },
  })
  return new Experiment(`Are leaky ReLU ${slope} and PReLU filled with ${slope} the same?`, runs, [
    parting(runs["leaky ReLU"], runs.PReLU),
    parting(runs["leaky ReLU"], runs["PReLU, lr_mult 0"]),
    ...ends(runs),
  ])
}

/**
 * What the historical bug does: a PReLU in place that remembers a quarter of its bottom, or nothing. Reading what was overwritten is almost
 * harmless while slopes are positive, as signs survive; a second pair of runs begins with negative slopes, where they turn over.
 */
export async function inPlaceBug(
  options: ExperimentOptions & { readonly negativeSlope?: number },
): Promise<Experiment> {
  const { negativeSlope = -0.25, ...rest } = options
  const prelu = { activation: { type: "PReLU" } } as const
  const negative = { activation: { type: "PReLU", slope: negativeSlope } } as const
  const runs = await trainVariants(rest, {
    right: prelu,
    "quarter copy (wrong)": { ...prelu, inPlaceMemory: quarterCopy },
    "overwritten (wrong)": { ...prelu, inPlaceMemory: overwritten },
    "negative slopes, right": negative,
    "negative slopes, overwritten (wrong)": { ...negative, inPlaceMemory: overwritten },
  })
  return new Experiment("What did the in-place bug do to the curves?", runs, [
    parting(runs.right, runs["quarter copy (wrong)"]),
    ...ends(runs),
  ])
}

/** Should slopes decay? He et al. 2015 say no: decay pulls them to 0, towards ReLU. */
export async function slopeDecay(options: ExperimentOptions): Promise<Experiment> {
  const runs = await trainVariants(options, {
    "decay_mult 1": { activation: { type: "PReLU" } },
    "decay_mult 0": { activation: { type: "PReLU", decayMult: 0 } },
  })
  return new Experiment("Should slopes decay?", runs, [
    ...ends(runs),
    `mean slope at the end: ${each(runs, ({ slopes }) => meanSlope(slopes.at(-1) ?? {}))}`,
  ])
}

/** One slope for a whole layer, or one a channel. */
export async function sharedSlopes(options: ExperimentOptions): Promise<Experiment> {
  const runs = await trainVariants(options, {
    "one slope a channel": { activation: { type: "PReLU" } },
    channel_shared: { activation: { type: "PReLU", shared: true } },
  })
  return new Experiment("One slope for all channels?", runs, ends(runs))
}

/**
 * A net that was trained with ReLU goes on with PReLU: slopes that begin at 0 change nothing, slopes of 0.25 change every layer's output.
 * In the discussion the loss was 80 against 7.
 */
export async function fineTuneSlopes(options: ExperimentOptions): Promise<Experiment> {
  const { ReLU: relu } = await trainVariants(options, { ReLU: { activation: { type: "ReLU" } } })
  const weights = withoutSlopes(relu.net)
  const tuned = await trainVariants(options, {
    "ReLU goes on": { activation: { type: "ReLU" }, weights },
    "slope 0": { activation: { type: "PReLU", slope: 0 }, weights },
    "slope 0.25": { activation: { type: "PReLU", slope: 0.25 }, weights },
  })
  return new Experiment("What slope does a net trained with ReLU go on with?", tuned, [
    `first loss: ${each(tuned, firstLoss)}`,
    parting(tuned["ReLU goes on"], tuned["slope 0"]),
    ...ends(tuned),
  ])
}

/**
 * Very leaky and randomized slopes. Xu et al. 2015 ("Empirical evaluation of rectified activations", arXiv 1505.00853) draw a slope from
 * [1/8, 1/3] for every value; here it is drawn for every channel and batch. A test takes the mean.
 */
export async function leakySlopes(options: ExperimentOptions): Promise<Experiment> {
  const [from, to] = [1 / 8, 1 / 3]
  const mean = (from + to) / 2
  const runs = await trainVariants(options, {
    "leaky 0.1": { activation: { type: "ReLU", slope: 0.1 } },
    "leaky 0.2": { activation: { type: "ReLU", slope: 0.2 } },
    "leaky 0.3": { activation: { type: "ReLU", slope: 0.3 } },
    randomized: { activation: { type: "PReLU", slope: mean, lrMult: 0 }, randomSlopes: { from, to } },
  })
  return new Experiment("How leaky, and does chance help?", runs, ends(runs))
}

function meanSlope(record: Readonly<Record<string, unknown>>): number {
  const all = Object.values(record).flatMap((slopes) => (Array.isArray(slopes) ? (slopes as number[]) : []))
  return all.reduce((sum, slope) => sum + slope, 0) / all.length
}
