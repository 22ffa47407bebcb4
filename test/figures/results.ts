import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { backward, forward } from "../../src/engines/index.js"
import { compareNets } from "../../src/equivalence/index.js"
import { type Bundle, displaySymbol } from "../../src/figures/index.js"
import { loadArray } from "../../src/formats/arrays.js"
import { exportOnnx } from "../../src/formats/onnx/index.js"
import { preluSlopes } from "../../src/inspect/index.js"
import { lenet, lossCurves, slopeDecay } from "../../src/training/index.js"
import { foldBatchNorm, splitPRelu } from "../../src/transforms/index.js"
import { digitImages, digits, history, samplePath } from "../inspect/sample.js"
import { inputsOf, readCase } from "../oracle/case.js"
import { loadCase } from "../oracle/run-case.js"

/** One of every kind of result, made from the sample net and its training runs. */
export async function results(): Promise<Record<string, object>> {
  const net = await digits()
  const { net: folded, report } = foldBatchNorm(net)
  const images = { shape: [2, 1, 28, 28], data: digitImages().data.subarray(0, 2 * 784) }
  const labels = await loadArray(samplePath("digits-100-labels.npy"))
  const experiment = await slopeDecay({
    net: lenet({ batch: 4 }),
    iterations: 3,
    data: digitImages(),
    labels,
  })
  const [relu, leaky, still] = ["relu", "leaky", "prelu-lr0"].map((name) => history(`lenet/${name}.json`))
  return {
    net,
    slopes: preluSlopes(net),
    fold: report,
    rewrite: splitPRelu(net).report,
    forward: await forward(net, { data: images }, { all: true }),
    backward: await gradients(),
    exported: await exportOnnx(net, join(mkdtempSync(join(tmpdir(), "prelab-figures-")), "net.onnx")),
    comparison: await compareNets(net, folded, { report }),
    refuted: await compareNets(net, preluMoved(net)),
    runs: lossCurves({ relu, leaky, "prelu-lr0": still }, { quoted: "prelu-discussion" }),
    run: lossCurves(history("digits-history.json")),
    quoted: lossCurves("prelu-discussion"),
    training: experiment.runs["decay_mult 1"]!,
    experiment,
  }
}

async function gradients() {
  const of = readCase("backward", "bn_train_inplace")
  return backward((await loadCase(of)).net, inputsOf(of))
}

/** The net with one slope that is not its own. */
function preluMoved(net: Awaited<ReturnType<typeof digits>>) {
  return net.with(
    net.layers.map((layer) => {
      if (layer.name !== "prelu2") return layer
      const [blob] = layer.blobs
      return { ...layer, blobs: [{ ...blob!, data: blob!.data.map((slope) => slope + 0.01) }] }
    }),
  )
}

/** As a notebook asks for it. */
export async function bundleOfResult(value: object): Promise<Bundle> {
  return (value as { [displaySymbol](): Bundle | Promise<Bundle> })[displaySymbol]()
}
