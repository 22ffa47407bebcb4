import { describe, expect, test } from "vitest"
import { compareNets } from "../../src/equivalence/index.js"
import type { Net } from "../../src/net/index.js"
import {
  foldBatchNorm,
  joinPRelu,
  type RewriteReport,
  removeDropout,
  splitPRelu,
  tidy,
} from "../../src/transforms/index.js"
import { randomFoldNet } from "./random-fold-net.js"

const NETS = 320

/** Every rewrite but the fold, which has a file of its own, and all of them in the order of the command line. */
const rewrites: readonly {
  readonly name: string
  readonly run: (net: Net) => { net: Net; report?: RewriteReport }
  /** Layers that must be gone, where the report does not say why one was kept. */
  readonly from?: string
}[] = [
  { name: "splitPRelu", run: (net) => splitPRelu(net), from: "PReLU" },
  {
    name: "splitPRelu with a group convolution",
    run: (net) => splitPRelu(net, { form: "group-convolution" }),
  },
  { name: "splitPRelu and joinPRelu", run: (net) => joinPRelu(splitPRelu(net).net) },
  { name: "removeDropout", run: (net) => removeDropout(net), from: "Dropout" },
  {
    name: "all of them",
    run: (net) => ({
      net: splitPRelu(foldBatchNorm(joinPRelu(removeDropout(tidy(net).net).net).net).net).net,
    }),
  },
]

describe.each(rewrites)(`$name on ${NETS} random nets`, ({ run, from }) => {
  test("holds on every leg, or says why a layer stays", async () => {
    const bad: string[] = []
    let changed = 0
    for (let seed = 0; seed < NETS; seed++) {
      const net = randomFoldNet(seed)
      const { net: rewritten, report } = run(net)
      if (
        rewritten.layers.length !== net.layers.length ||
        rewritten.layers.some((layer) => !net.layers.includes(layer))
      )
        changed++
      const { equivalent, why } = await compareNets(net, rewritten, { seeds: [seed] })
      if (!equivalent) bad.push(`seed ${seed}: ${why}\n  ${net.layers.map(({ type }) => type).join(" ")}`)
      const kept = new Set(report?.actions.flatMap(({ layer, action }) => (action === "kept" ? [layer] : [])))
      const left = rewritten.layers.find(({ name, type }) => type === from && !kept.has(name))
      if (left) bad.push(`seed ${seed}: ${left.name} is still there and nothing says why`)
      for (const { why } of report?.actions ?? [])
        if (why === "") bad.push(`seed ${seed}: an action without a reason`)
    }
    expect(bad).toEqual([])
    // The nets must have what the rewrite is about.
    expect(changed).toBeGreaterThan(NETS / 8)
  }, 180_000)
})
