import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { prepareTraining } from "../../src/training/index.js"

const items = {
  data: { shape: [6, 2], data: Float32Array.from({ length: 12 }, (_, i) => i / 12) },
  labels: { shape: [6], data: Float32Array.of(0, 1, 2, 0, 1, 2) },
}

/** What follows the data in every net here. */
const rest = (outputs = 3) => `
  layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: ${outputs} weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-nets-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const fields = `base_lr: 0.1 lr_policy: "fixed" max_iter: 2\n`

describe("a solver's nets", () => {
  test("that read their data from a database take the arrays in its place, and say what is not applied to them", async () => {
    write(
      "database.prototxt",
      `layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TRAIN } transform_param { scale: 0.5 } data_param { source: "x" batch_size: 3 } }
       layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TEST } data_param { source: "y" batch_size: 2 } }
       ${rest()}
       layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }`,
    )
    const solver = write("s1.prototxt", `net: "database.prototxt" ${fields}`)
    const run = await prepareTraining(solver, { ...items, testData: items.data, testLabels: items.labels })
    expect(run.warnings).toContain("transform_param of mnist is not applied: arrays are taken as they are")
    await run.resume()
    expect(run.loss).toHaveLength(2)
    expect(run.test).toMatchObject([{ iteration: 2, accuracy: expect.any(Number), loss: expect.any(Number) }])
  })

  const inputs = (batch: number) =>
    `layer { name: "in" type: "Input" top: "data" top: "label" input_param { shape { dim: ${batch} dim: 2 } shape { dim: ${batch} } } }`

  test("may be two files, or stand in the solver; stages choose layers", async () => {
    write("train.prototxt", inputs(3) + rest())
    write("test.prototxt", inputs(6) + rest())
    const two = write("s2.prototxt", `train_net: "train.prototxt" test_net: "test.prototxt" ${fields}`)
    const run = await prepareTraining(two, { ...items, testData: items.data, testLabels: items.labels })
    await run.resume()
    expect(run.net.layers[0]!.message.input_param).toMatchObject({ shape: [{ dim: [6, 2] }, { dim: [6] }] })

    const scaled = `layer { name: "sc" type: "Power" bottom: "data" top: "data" power_param { scale: 2 } include { stage: "scaled" } }`
    const inside = write(
      "s3.prototxt",
      `${fields} train_state { stage: "scaled" }\nnet_param { ${inputs(3)} ${scaled} ${rest()} }`,
    )
    const staged = await prepareTraining(inside, items)
    await staged.resume(1)
    const plain = await prepareTraining(write("s4.prototxt", `${fields} net: "train.prototxt"`), items)
    await plain.resume(1)
    expect(staged.loss[0]).not.toEqual(plain.loss[0])
  })

  test("begin with the weights that the solver names, unless others are given", async () => {
    write("one.prototxt", inputs(3) + rest())
    const first = await prepareTraining(
      write("s5.prototxt", `net: "one.prototxt" random_seed: 9 ${fields}`),
      items,
    )
    const { caffemodel } = await first.snapshot(join(folder, "first"))
    const named = await prepareTraining(
      write("s6.prototxt", `net: "one.prototxt" weights: "first.caffemodel" ${fields}`),
      items,
    )
    const given = await prepareTraining(write("s7.prototxt", `net: "one.prototxt" ${fields}`), {
      ...items,
      weights: caffemodel,
    })
    const weights = (run: typeof first) => run.net.layer("ip").blobs[0]!.data
    expect(weights(named)).toEqual(weights(first))
    expect(weights(given)).toEqual(weights(first))
  })

  test("with errors are named with their file and line", async () => {
    write("wrong.prototxt", `${inputs(3)}\nlayer { name: "ip" type: "InnerProduct" bottom: "dat" top: "ip" }`)
    await expect(
      prepareTraining(write("s8.prototxt", `net: "wrong.prototxt" ${fields}`), items),
    ).rejects.toThrow(
      `unknown bottom blob: dat in layer ip (${join(folder, "wrong.prototxt")}:2); did you mean "data"?`,
    )
    await expect(
      prepareTraining(write("s9.prototxt", `net: "none.prototxt" ${fields}`), items),
    ).rejects.toThrow("no such file: none.prototxt")
    const bare = `layer { name: "in" type: "Input" top: "data" top: "label" input_param { shape { dim: 3 dim: 2 } shape { dim: 3 } } }`
    const filler = `layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 weight_filler { type: "xavir" } } }`
    write("filler.prototxt", `${bare}${filler}`)
    await expect(
      prepareTraining(write("s10.prototxt", `net: "filler.prototxt" ${fields}`), items),
    ).rejects.toThrow("unknown filler: xavir; did you mean xavier?")
  })
})
