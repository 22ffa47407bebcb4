import { forward } from "../engines/index.js"
import type { Net } from "../net/index.js"
import type { Batches } from "./batches.js"

/** Means over the batches of a test; absent where the net has no such output. */
export interface TestScore {
  readonly accuracy?: number
  readonly loss?: number
  /** The outputs are not numbers (NaN): an accuracy is then the share of items whose class NaN happened to be taken for. */
  readonly notNumbers?: true
}

/** Runs a net over its first batches: solver.cpp, Test. The outputs of the first Accuracy layer and of the first loss count. */
export async function testNet(net: Net, batches: Batches, count = batches.perRound): Promise<TestScore> {
  const names = {
    accuracy: outputOf(net, (type) => type === "Accuracy"),
    loss: outputOf(net, (type) => type.endsWith("Loss")),
  }
  const sums = { accuracy: 0, loss: 0 }
  for (let n = 0; n < count; n++) {
    const { outputs } = await forward(net, batches.at(n))
    for (const kind of ["accuracy", "loss"] as const) {
      const name = names[kind]
      if (name !== undefined) sums[kind] += outputs[name]!.data[0]!
    }
  }
  const notNumbers = names.loss === undefined ? hasNaN(net) : Number.isNaN(sums.loss)
  return {
    ...(names.accuracy === undefined ? {} : { accuracy: sums.accuracy / count }),
    ...(names.loss === undefined ? {} : { loss: sums.loss / count }),
    ...(notNumbers ? { notNumbers: true } : {}),
  }
}

/** Whether a weight is not a number: then what is computed with it is none. */
function hasNaN({ layers }: Net): boolean {
  return layers.some(({ blobs }) => blobs.some(({ data }) => data.some(Number.isNaN)))
}

function outputOf(net: Net, isWanted: (type: string) => boolean): string | undefined {
  const outputs = new Set(net.outputs)
  return net.layers
    .filter(({ type }) => isWanted(type))
    .flatMap(({ tops }) => tops.filter((top) => outputs.has(top)))[0]?.blob
}
