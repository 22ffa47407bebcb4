import type { Net } from "../net/index.js"
import type { RewriteRule } from "./rewrite-report.js"

/** Where a rewritten net comes from: its original, and which layer now does the work of which. */
interface Rewrite {
  readonly from: Net
  readonly rules: readonly RewriteRule[]
}

const rewrites = new WeakMap<Net, Rewrite>()

/** Remembers a rewrite as long as its net lives, so that a comparison can check every claim without being handed the report. */
export function remember(net: Net, rewrite: Rewrite): Net {
  rewrites.set(net, rewrite)
  return net
}

/** What every rewrite between two nets says it did; empty when the second was not made from the first. */
export function rulesBetween(original: Net, net: Net): readonly RewriteRule[] {
  const rules: RewriteRule[] = []
  for (let at = net; at !== original; ) {
    const rewrite = rewrites.get(at)
    if (!rewrite) return []
    rules.push(...rewrite.rules)
    at = rewrite.from
  }
  return rules
}
