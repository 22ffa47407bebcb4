import type { Net } from "../net/index.js"
import type { FoldRule } from "./fold-report.js"

/** Where a rewritten net comes from: its original, and which layer now does the work of which. */
export interface Rewrite {
  readonly from: Net
  readonly rules: readonly FoldRule[]
}

const rewrites = new WeakMap<Net, Rewrite>()

/** Remembers a rewrite as long as its net lives, so that a comparison can check every claim without being handed the report. */
export function remember(net: Net, rewrite: Rewrite): Net {
  rewrites.set(net, rewrite)
  return net
}

/** The rewrite that made this net; undefined for a net from a file. */
export function rewriteOf(net: Net): Rewrite | undefined {
  return rewrites.get(net)
}
