import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"

const load = (text: string) => loadNet(Buffer.from(text))
const input = 'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n'

describe("V0", () => {
  test("a padding layer goes into the convolution or pooling that reads it", async () => {
    const net = await load(`${input}
      layers { layer { name: "p" type: "padding" pad: 2 } bottom: "data" top: "p" }
      layers { layer { name: "a" type: "conv" num_output: 4 kernelsize: 5 group: 1 } bottom: "p" top: "a" }
      layers { layer { name: "b" type: "pool" pool: AVE kernelsize: 5 stride: 2 } bottom: "p" top: "b" }`)
    expect(net.layers.map(({ name }) => name)).toEqual(["input", "a", "b"])
    expect(net.layer("a").message.convolution_param).toEqual({
      num_output: 4,
      kernel_size: [5],
      group: 1,
      pad: [2],
    })
    expect(net.layer("b").message.pooling_param).toEqual({ pool: "AVE", kernel_size: 5, stride: 2, pad: 2 })
  })

  test("a data layer's fields go to data_param and transform_param", async () => {
    const net = await load(
      'layers { layer { name: "d" type: "data" source: "db" batchsize: 8 scale: 0.5 meanfile: "m" cropsize: 7 mirror: true } top: "d" }',
    )
    expect(net.layer("d")).toMatchObject({
      type: "Data",
      message: {
        data_param: { source: "db", batch_size: 8 },
        transform_param: { scale: 0.5, mean_file: "m", crop_size: 7, mirror: true },
      },
    })
  })

  test("a parameter that the type never had is dropped with a warning", async () => {
    const { warnings } = await load(
      `${input}layers { layer { name: "r" type: "relu" num_output: 3 } bottom: "data" top: "data" }`,
    )
    expect(warnings).toContain("num_output dropped: V0 layer r (relu) has no such parameter")
  })

  test.each([
    [
      'layers { layer { name: "p" type: "padding" pad: 1 } bottom: "data" top: "p" }\nlayers { layer { name: "r" type: "relu" } bottom: "p" top: "r" }',
      "padding before neither conv nor pool: relu (3)",
    ],
    [
      'layers { layer { name: "c" type: "convv" } bottom: "data" top: "c" }',
      'unknown V0 layer type: convv in layer c (2); did you mean "conv"?',
    ],
    [
      'layers { layer { name: "r" type: "relu" } bottom: "data" top: "r" }\nlayers { name: "s" type: RELU bottom: "r" top: "s" }',
      "V0 and V1 layers together: s (3)",
    ],
  ])("refuses %s", async (text, message) => {
    await expect(load(input + text)).rejects.toThrow(message)
  })
})

describe("V1", () => {
  test("names, share modes, rates and decays become param specs", async () => {
    const net = await load(`${input}layers { name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip"
      param: "w" blob_share_mode: PERMISSIVE blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0
      inner_product_param { num_output: 4 } }`)
    expect(net.layer("ip").message.param).toEqual([
      { name: "w", share_mode: "PERMISSIVE", lr_mult: 1, decay_mult: 1 },
      { lr_mult: 2, decay_mult: 0 },
    ])
  })

  test("transformation fields of a data layer move to transform_param", async () => {
    const net = await load(
      'layers { name: "d" type: IMAGE_DATA top: "d" top: "l" image_data_param { source: "s" mirror: true scale: 2 } transform_param { force_gray: true } }',
    )
    expect(net.layer("d").message).toEqual({
      image_data_param: { source: "s" },
      transform_param: { force_gray: true, mirror: true, scale: 2 },
    })
  })

  test("include rules still pick the layers", async () => {
    const { layers } = await load(
      `${input}layers { name: "r" type: RELU bottom: "data" top: "r" include { phase: TRAIN } }`,
    )
    expect(layers.map(({ name }) => name)).toEqual(["input"])
  })

  test("layer and layers together are refused", async () => {
    const text =
      'layers { name: "r" type: RELU bottom: "data" top: "r" }\nlayer { name: "s" type: "ReLU" bottom: "r" top: "s" }'
    await expect(load(input + text)).rejects.toThrow("layer and layers together: s (3)")
  })
})

test("three param specs of a BatchNorm never learn", async () => {
  const net = await load(`${input}layer { name: "bn" type: "BatchNorm" bottom: "data" top: "bn"
    param { lr_mult: 1 } param { lr_mult: 1 } param { lr_mult: 1 } }`)
  expect(net.layer("bn").message.param).toEqual(new Array(3).fill({ lr_mult: 0, decay_mult: 0 }))
})
