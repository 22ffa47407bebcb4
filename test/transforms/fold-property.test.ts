import { beforeAll, describe, expect, test } from "vitest"
import { type Comparison, compareNets } from "../../src/equivalence/index.js"
import type { Layer, Net } from "../../src/net/index.js"
import { type FoldReport, foldBatchNorm } from "../../src/transforms/index.js"
import { reloaded } from "../equivalence/reload.js"
import { printTable } from "../print-table.js"
import { randomFoldNet } from "./random-fold-net.js"
import { numbers, withParameter } from "./random-net.js"

const NETS = 360

interface Fold {
  readonly seed: number
  readonly net: Net
  readonly folded: Net
  readonly report: FoldReport
}

let folds: Fold[]
beforeAll(() => {
  folds = Array.from({ length: NETS }, (_, seed) => {
    const net = randomFoldNet(seed)
    const { net: folded, report } = foldBatchNorm(net)
    return { seed, net, folded, report }
  })
})

const foldable: ReadonlySet<string> = new Set(["BatchNorm", "BN", "Scale", "Bias", "Power"])

/** A net in one line, for a failure that somebody must look at. */
function formatLayers({ layers }: Net): string {
  return layers.map(({ name, type }) => `${name}:${type}`).join(" ")
}

function problemOf({ equivalent, certificate, why }: Comparison, isProved: boolean): string | undefined {
  if (!equivalent) return why
  const open = certificate.entries.find(({ status }) => status === "measured")
  return isProved && open ? `${open.layers.a.join(" ")} is only measured: ${open.why}` : undefined
}

describe(`${NETS} random nets`, () => {
  test("every per-channel layer has a verdict and a reason, and what is kept is there unchanged", () => {
    for (const { seed, net, folded, report } of folds) {
      const layers = net.layers.filter(({ type }) => foldable.has(type))
      expect(
        report.actions.map(({ layer }) => layer),
        `seed ${seed}`,
      ).toEqual(layers.map(({ name }) => name))
      for (const { layer, action, into, why } of report.actions) {
        expect(why.length, `seed ${seed}`).toBeGreaterThan(0)
        if (action === "kept") expect(folded.layer(layer).blobs).toBe(net.layer(layer).blobs)
        else for (const name of into!.split(", ")) expect(folded.layer(name).blobs.length).toBeGreaterThan(0)
      }
      expect(report.savedMultiplications).toBeGreaterThanOrEqual(0)
      expect(folded.outputs.map(({ blob }) => blob)).toEqual(net.outputs.map(({ blob }) => blob))
    }
  })

  test("every kind of fold is among them, and every kind of refusal", () => {
    const kinds = new Set(folds.flatMap(({ report }) => report.rules.map(({ rule }) => rule)))
    expect([...kinds].sort()).toEqual([
      "fold from both sides",
      "fold into producer",
      "fold into reader",
      "merge into one",
    ])
    const reasons = folds.flatMap(({ report }) =>
      report.actions.map(({ action, why }) => `${action}: ${why}`),
    )
    for (const part of [
      "also reads",
      "shares its weights",
      "with the statistics of each batch",
      "stands between",
      "does not see every value at its borders",
      "axes from",
      "factors of 0 or more pass",
      "partly folded",
    ])
      expect(
        reasons.filter((reason) => reason.includes(part)).length,
        `nothing says "${part}"`,
      ).toBeGreaterThan(0)
  })

  test("the comparison holds on every leg at every shared blob, every piece proved", async () => {
    const bad: string[] = []
    for (const { seed, net, folded, report } of folds) {
      const problem = problemOf(await compareNets(net, folded, { report, seeds: [seed] }), true)
      if (problem) bad.push(`seed ${seed}: ${problem}\n  ${formatLayers(net)}\n  ${formatLayers(folded)}`)
    }
    expect(bad).toEqual([])
  }, 120_000)

  test("it holds without a value in common, as for two nets from files", async () => {
    const bad: string[] = []
    let proved = 0
    for (const { seed, net, folded } of folds) {
      const verdict = await compareNets(reloaded(net), reloaded(folded), { seeds: [seed] })
      const problem = problemOf(verdict, false)
      if (problem) bad.push(`seed ${seed}: ${problem}\n  ${formatLayers(net)}\n  ${formatLayers(folded)}`)
      if (verdict.certificate.complete) proved++
    }
    expect(bad).toEqual([])
    // Where names say nothing, two runs on different axes make one piece, which no rule has.
    expect(proved).toBeGreaterThan(0.98 * NETS)
  }, 120_000)
})

/** One parameter of a layer that a fold made; undefined where the fold made none. */
function drawParameter({ report }: Fold, next: () => number): [Layer, number, number] | undefined {
  const below = (n: number) => Math.min(n - 1, Math.floor(((next() + 1) / 2) * n))
  const made = report.rules.flatMap(({ layer, layers = [layer] }) => layers)
  const layer = made[below(made.length)]
  const blob = layer && below(layer.blobs.length)
  if (layer === undefined || blob === undefined) return undefined
  return [layer, blob, below(layer.blobs[blob]!.data.length)]
}

test("one parameter moved by a thousandth is found, unless it is 0", async () => {
  const next = numbers(77)
  const escaped: string[] = []
  let flips = 0
  for (const fold of folds) {
    for (let again = 0; again < 2; again++) {
      const [layer, blob, index] = drawParameter(fold, next) ?? []
      if (layer === undefined) break
      const value = layer.blobs[blob!]!.data[index!]!
      const moved = withParameter(fold.folded, layer.name, blob!, index!, 1.001)
      flips++
      const { equivalent } = await compareNets(fold.net, moved, { seeds: [1] })
      if (equivalent)
        escaped.push(`seed ${fold.seed}: ${layer.name} (${layer.type}) blob ${blob} at ${index}, ${value}`)
    }
  }
  printTable(
    "mutations",
    [
      `${flips - escaped.length} of ${flips} moved parameters found`,
      ...escaped.map((each) => `  not found, ${each}`),
    ].join("\n"),
  )
  expect(flips).toBeGreaterThanOrEqual(300)
  expect(escaped.length).toBeLessThanOrEqual(0.01 * flips)
}, 120_000)
