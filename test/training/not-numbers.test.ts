import { expect, test } from "vitest"
import { showLossCurves } from "../../src/figures/show-loss-curves.js"
import { loadArray } from "../../src/formats/arrays.js"
import { lenet, lossCurves, reluAgainstPRelu, train } from "../../src/training/index.js"
import { digitImages, samplePath } from "../inspect/sample.js"

const remark = "outputs are not numbers (NaN), so its accuracy says nothing"

test("beside the accuracy of a net whose outputs are NaN stands that it says nothing", async () => {
  const data = digitImages()
  const labels = await loadArray(samplePath("digits-100-labels.npy"))
  const options = { data, labels, testData: data, testLabels: labels }
  // A learning rate at which weights leave float32's range.
  const solver = { base_lr: 1e10, lr_policy: "fixed", momentum: 0, test_iter: [2], test_interval: 100 }
  const run = await train({ ...solver, net: lenet({ batch: 10 }), max_iter: 6 }, { ...options, name: "fast" })
  expect(run.test.at(-1)).toMatchObject({ notNumbers: true })
  expect(String(run)).toMatch(/accuracy [01]\.\d+, outputs are not numbers \(NaN\)$/)
  // As it was, and as JSON leaves it.
  for (const recorded of [run, JSON.parse(JSON.stringify(run))]) {
    const curves = lossCurves({ fast: recorded })
    expect(curves.warnings).toEqual([`fast: ${remark}`])
    expect(String(curves)).toContain(remark)
    expect(String(showLossCurves(curves).html.text)).toContain(remark)
  }
  const experiment = await reluAgainstPRelu({ ...options, net: lenet({ batch: 10 }), iterations: 6, solver })
  expect(experiment.findings.slice(-2)).toEqual([`ReLU: ${remark}`, `PReLU: ${remark}`])
})

test("nothing is said of a net whose outputs are numbers", async () => {
  const data = digitImages()
  const labels = await loadArray(samplePath("digits-100-labels.npy"))
  const run = await train(
    { net: lenet({ batch: 10 }), base_lr: 0.01, lr_policy: "fixed", max_iter: 1, test_iter: [1] },
    { data, labels, testData: data, testLabels: labels },
  )
  expect(run.test.at(-1)).not.toHaveProperty("notNumbers")
  expect(String(run)).not.toContain("NaN")
  expect(lossCurves([run]).warnings).toEqual([])
})
