import { type CompareOptions, type Comparison, compareNets } from "../equivalence/index.js"
import { callsOf, type NetCalls } from "../layers/index.js"
import type { Net } from "../net/index.js"
import { align } from "./align.js"
import { blocksOf } from "./blocks.js"
import { Case } from "./case.js"
import { Diagnosis } from "./diagnosis.js"
import { Effects } from "./effect.js"
import { type Explained, explain } from "./explain.js"
import type { Draft, Finding } from "./finding.js"
import { plainNet } from "./plain-net.js"
import { comparePiecewise, placeOf, underOwnNames } from "./verdict.js"

/** As for `compareNets`: the reader's own data, the engine, seeds of the probes, progress. */
export type DiagnoseOptions = Omit<CompareOptions, "report">

/**
 * What went wrong when somebody rewrote a net? Needs the two nets and nothing else: layers are paired by order and shape, and where the
 * merged parameters are not the right ones, those that every known mistake would have given are derived in double and compared.
 *
 * ```ts
 * const original = await loadNet("net.prototxt", "net.caffemodel")
 * const merged = await loadNet("merged.prototxt", "merged.caffemodel")
 * await diagnose(original, merged)
 * ```
 *
 * A mistake is named only if it gives every parameter of a layer to within a few roundings and the right formula does not; of several
 * the simplest, and the one that fits most layers. What fits none is called unexplained. Where a layer type cannot run, parameters alone
 * decide.
 *
 * @throws PrelabError when an input is wrong, or another engine answers than the one asked for
 */
export async function diagnose(
  original: Net,
  merged: Net,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const nets = sideBySide(original, merged, options)
  const problem = [...nets.a.problems.values(), ...nets.b.problems.values()][0]
  if (problem) {
    const { drafts, unrelated } = explain(nets)
    const findings = (unrelated ? [strangers(nets)] : drafts).map(withoutRegion)
    const why = `parameters alone were compared, the nets cannot run: ${problem.message}`
    return new Diagnosis({ equivalent: findings.length === 0, findings, why, outputs: [] })
  }
  const whole = await compareNets(nets.a.net, underOwnNames(nets), options)
  if (whole.equivalent) return said(whole, [])
  const explained = explain(nets)
  if (explained.unrelated) return said(whole, [withoutRegion(strangers(nets))])
  if (explained.drafts.length > 0) return said(whole, measured(nets, explained, options))
  // Nothing speaks against the parameters: the long way round may have hidden that the nets agree piece by piece.
  const pieces = await comparePiecewise(nets, explained.moved, options)
  return pieces.equivalent ? said(pieces, []) : said(pieces, [somewhere(pieces)])
}

function sideBySide(original: Net, merged: Net, { inputs = {} }: DiagnoseOptions): Case {
  const given = Object.fromEntries(Object.entries(inputs).map(([blob, { shape }]) => [blob, shape]))
  const a = callsOf(plainNet(original), given)
  const b = callsOf(plainNet(merged), shapesOf(a, merged))
  const [left, right] = [blocksOf(a), blocksOf(b)]
  return new Case(a, b, left, right, align(a, b, left, right))
}

/** Net a's input shapes for the inputs of net b: of the same name, else of the same rank in order. */
function shapesOf(a: NetCalls, b: Net): Record<string, readonly number[]> {
  const mine = a.net.inputs
  return Object.fromEntries(
    b.inputs.flatMap((value, i) => {
      const shape = a.shapes.get(mine.find(({ blob }) => blob === value.blob) ?? mine[i]!)
      return shape ? [[value.blob, shape]] : []
    }),
  )
}

function said({ equivalent, why, endToEnd }: Comparison, findings: readonly Finding[]): Diagnosis {
  return new Diagnosis({ equivalent, findings, why, outputs: endToEnd })
}

/** Every finding with what it does by itself. */
function measured(nets: Case, { drafts }: Explained, { inputs = {} }: DiagnoseOptions): Finding[] {
  const effects = new Effects(nets, inputs)
  return drafts.map((draft) => {
    const effect = effects.of(draft.region)
    return { ...withoutRegion(draft), ...(effect ? { effect } : {}) }
  })
}

function withoutRegion({ region: _region, ...finding }: Draft): Finding {
  return finding
}

function strangers({ a, b, alignment }: Case): Draft {
  const [mine, theirs] = [a, b].map(({ net }) => net.layers.length) as [number, number]
  return {
    layer: a.net.layers[0]?.name ?? "",
    bug: "unrelated nets",
    explanation:
      "no layer's weights look like those of the layer in its place, folded or not: the files do not belong together",
    evidence: `${mine} and ${theirs} layers, ${alignment.pairs.length} of them of one kind in order`,
    fix: "check which files were given",
    parameters: 0,
    region: [],
  }
}

/** Where the comparison fails although no parameter does. */
function somewhere(comparison: Comparison): Finding {
  const [layer, into] = comparison.first?.layers ?? ["", undefined]
  return {
    layer,
    ...(into ? { into } : {}),
    bug: "unexplained",
    explanation: "the nets differ here, and no parameter says why",
    evidence: placeOf(comparison),
    fix: "compare this part by hand",
    parameters: 0,
  }
}
