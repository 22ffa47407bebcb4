import type { Layer } from "../net/index.js"
import { spread } from "./channel-affine.js"
import { affinesOf, type Made, type Move, type Plan, type Site } from "./fold-plan.js"
import type { FoldAction, FoldRule } from "./fold-report.js"
import { namesOf, type Run } from "./fold-run.js"
import { outputChannels } from "./fold-target.js"

/** "c (Convolution)" */
function titleOf({ name, type }: Layer): string {
  return `${name} (${type})`
}

/** What became of every per-channel layer, in running order. */
export function actionsOf(layers: readonly Layer[], plan: Plan, made: Made): FoldAction[] {
  const verdicts = new Map<Layer, Pick<FoldAction, "action" | "into" | "why">>()
  const give = ({ members }: Run, verdict: Pick<FoldAction, "action" | "into" | "why">) => {
    for (const member of members) verdicts.set(member, verdict)
  }
  for (const [layer, why] of plan.kept) verdicts.set(layer, { action: "kept", why })
  for (const [run, reason] of plan.merged) {
    const into = made.ones.get(run)!
    const does = `one ${into.type} does the work of ${namesOf(run.members)}`
    give(run, { action: "merged", into: into.name, why: `${does}; ${reason}` })
  }
  for (const { target, before, after } of plan.sites.values()) {
    const into = target.name
    for (const move of after) give(move.run, { action: "folded", into, why: behind(target, move) })
    if (!before) continue
    if (before.stays === undefined) give(before.run, { action: "folded", into, why: ahead(target, before) })
    else {
      const bias = made.ones.get(before.run)!.name
      const stays = `the factors are in its weights; what is added stays in ${bias} (Bias), because the borders of ${into} do not see all of it`
      const why = `${ahead(target, before)}: ${stays}`
      give(before.run, { action: "partly folded", into: `${into}, ${bias}`, why })
    }
  }
  return layers.map((layer) => ({ layer: layer.name, type: layer.type, ...verdicts.get(layer)! }))
}

function behind(target: Layer, { through }: Move): string {
  return through.length === 0
    ? `per-channel and constant, and the only reader of what ${titleOf(target)} makes`
    : `factors of 0 or more pass ${through.map(titleOf).join(" and ")}, the only way from ${titleOf(target)} to here`
}

function ahead(target: Layer, { through }: Move): string {
  return through.length === 0
    ? `per-channel and constant, and ${titleOf(target)} alone reads it`
    : `factors of 0 or more pass ${through.map(titleOf).join(" and ")}, and ${titleOf(target)} alone reads that`
}

/** One rule for every layer that was made or changed. */
export function rulesFor(plan: Plan, made: Made): FoldRule[] {
  const rules = [...plan.sites.values()].map((site) => siteRule(site, made))
  for (const run of plan.merged.keys()) {
    const layer = made.ones.get(run)!
    const gains = run.affine.gain
    rules.push({
      rule: "merge into one",
      layer,
      from: run.members,
      conditions: [...readOnce(run.members), ...steadiness(run.members)],
      gains,
    })
  }
  return rules
}

function siteRule(site: Site, made: Made): FoldRule {
  const { target, before, after } = site
  const [input, output] = affinesOf(site)
  const ahead = before ? [...before.run.members, ...before.through] : []
  const behind = after.flatMap(({ run, through }) => [...through, ...run.members])
  const layer = made.targets.get(target)!
  const bias = before && made.ones.get(before.run)
  const members = [...(before?.run.members ?? []), ...after.flatMap(({ run }) => run.members)]
  const passed = [...(before?.through ?? []), ...after.flatMap(({ through }) => through)]
  const from = [...ahead, target, ...behind]
  return {
    rule: before ? (after.length > 0 ? "fold from both sides" : "fold into reader") : "fold into producer",
    layer,
    ...(bias ? { layers: [bias, layer] } : {}),
    from,
    conditions: [
      `${target.name} has one bottom and one top`,
      "its weights are its own",
      ...readOnce(from),
      ...passed.map(
        (each) => `${each.name} (${each.type}) passes factors of 0 or more, and nothing is added`,
      ),
      ...(before ? [shiftOf(before, target)] : []),
      ...steadiness(members),
    ],
    ...(output ? { gains: spread(output, outputChannels(target)).gain } : {}),
    ...(input ? { inputGains: input.gain } : {}),
  }
}

function shiftOf({ run, stays }: NonNullable<Site["before"]>, { name }: Layer): string {
  if (run.affine.shift.every((each) => each === 0)) return `nothing is added before ${name}`
  return stays ? `what is added before ${name} stays before it` : `every output of ${name} sees all its taps`
}

function readOnce(from: readonly Layer[]): string[] {
  return from.length > 1 ? [`every value up to ${from.at(-1)!.name} has one reader`] : []
}

function steadiness(members: readonly Layer[]): string[] {
  return members.map(({ name, type }) => {
    if (type === "BatchNorm" || type === "BN") return `${name} uses stored statistics`
    return type === "Power" ? `${name} is affine` : `${name} covers the channel axis alone`
  })
}
