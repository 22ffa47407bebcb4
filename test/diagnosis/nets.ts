import { expect } from "vitest"
import { diagnose } from "../../src/diagnosis/index.js"
import type { Net } from "../../src/net/index.js"
import { bn, conv, image, randomNet, relu, scale } from "../transforms/random-net.js"
import { formula, mergeScript } from "./scripts.js"

export const block = [image, conv("c1", "data", "c1"), bn("bn1", "c1"), scale("sc1", "c1"), relu("r1", "c1")]
export const tail = [
  conv("c2", "c1", "c2", "num_output: 4 kernel_size: 3"),
  relu("r2", "c2"),
  `layer { name: "ip" type: "InnerProduct" bottom: "c2" top: "ip" inner_product_param { num_output: 5 } }`,
]
/** Convolution, BatchNorm, Scale and ReLU; a second convolution; an InnerProduct. */
export const net = randomNet([...block, ...tail].join("\n"), 5)

/** That net, merged as it should be. */
export const merged = mergeScript(net, formula())

/** What is wrong, and in which layers of the original. */
export async function bugsOf(original: Net, merged: Net): Promise<(readonly [string, string])[]> {
  const diagnosis = await diagnose(original, merged)
  expect(diagnosis.equivalent).toBe(diagnosis.findings.length === 0)
  return diagnosis.findings.map(({ bug, layer }) => [bug, layer] as const)
}

/** alpha of a channel of layers bn and sc. */
export function alphaOf(original: Net, c: number): number {
  const [, variance, factor] = original.layer("bn").blobs.map(({ data }) => data)
  return original.layer("sc").blobs[0]!.data[c]! / Math.sqrt(variance![c]! / factor![0]! + Math.fround(1e-5))
}
