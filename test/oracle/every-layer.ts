import { fileURLToPath } from "node:url"
import { loadNet } from "../../src/caffe/index.js"
import type { Backend, EngineName } from "../../src/engines/index.js"
import { loadArray } from "../../src/formats/arrays.js"
import { callsOf } from "../../src/layers/index.js"
import { count } from "../../src/net/index.js"
import { casesOf, readCase } from "./case.js"
import { type Loaded, loadCase, runBounded } from "./run-case.js"
import { compareApart, fitting, takeApart } from "./stored-bottoms.js"
import { Worst } from "./worst.js"

const data = (name: string) => fileURLToPath(new URL(`../../notebooks/data/${name}`, import.meta.url))

/** The sample net on a few digits. */
async function digits(): Promise<Loaded> {
  const net = await loadNet(data("digits.prototxt"), data("digits.caffemodel"))
  const images = await loadArray(data("digits-100.npy"))
  const shape = [4, ...images.shape.slice(1)]
  const some = images.data.slice(0, count(shape))
  return { net, calls: callsOf(net, { data: shape }), inputs: new Map([[net.inputs[0]!, some]]) }
}

/** Nets whose layers are compared one by one, the small ones first. */
export const netsOfLayers: Readonly<Record<string, () => Promise<Loaded>>> = {
  digits,
  ...Object.fromEntries(
    ["det2", "det1", "open_nsfw"]
      .filter((name) => casesOf("models").includes(name))
      .map((name) => [name, () => loadCase(readCase("models", name))]),
  ),
}

/** So many layers make one plan: all results are wanted, and have to fit into memory together. */
const together = 24

/**
 * Every layer of a net, each fed what the reference engine has there; the reference's own answer is the
 * judge.
 */
export async function compareEveryLayer(
  loaded: Loaded,
  engine: EngineName,
  backend: Backend,
): Promise<Worst> {
  const stored = new Map([...runBounded(loaded)].map(([value, result]) => [value, result.data]))
  const apart = takeApart(loaded, stored)
  const { fit, unfit } = fitting(apart, backend)
  if (unfit.length > 0) throw new Error(`layers without a kernel: ${unfit.join(", ")}`)
  const worst = new Worst()
  for (let at = 0; at < fit.length; at += together)
    worst.join(await compareApart(apart, fit.slice(at, at + together), stored, backend, [], engine))
  return worst
}
