import { PrelabError } from "../error.js"
import type { Message, NetState } from "../net/index.js"

/**
 * Is this layer part of the net in this state? `include` rules: any must be met; `exclude` rules: none may be; both at once are an error
 * (net.cpp, Net::FilterNet and Net::StateMeetsRule).
 */
export function isIncluded(layer: Message, state: NetState): boolean {
  const include = rulesOf(layer, "include")
  const exclude = rulesOf(layer, "exclude")
  if (include.length > 0 && exclude.length > 0) {
    throw new PrelabError("include and exclude rules together", `layer ${layer.name}`)
  }
  if (include.length > 0) return include.some((rule) => meets(rule, state))
  return !exclude.some((rule) => meets(rule, state))
}

function rulesOf(layer: Message, field: string): readonly Message[] {
  return (layer[field] as readonly Message[] | undefined) ?? []
}

function meets(rule: Message, { phase, level, stages }: NetState): boolean {
  const { min_level, max_level } = rule as { min_level?: number; max_level?: number }
  const wanted = (rule.stage as readonly string[] | undefined) ?? []
  const unwanted = (rule.not_stage as readonly string[] | undefined) ?? []
  return (
    (rule.phase === undefined || rule.phase === phase) &&
    (min_level === undefined || level >= min_level) &&
    (max_level === undefined || level <= max_level) &&
    wanted.every((stage) => stages.includes(stage)) &&
    !unwanted.some((stage) => stages.includes(stage))
  )
}
