import { describe, expect, test } from "vitest"
import { learningRate, readSolver, type SolverFields } from "../../src/training/index.js"

const read = (text: string) => readSolver(Buffer.from(text))
const start = `net: "net.prototxt"\nbase_lr: 0.01\nlr_policy: "fixed"\nmax_iter: 10\n`

describe("a solver prototxt", () => {
  test("is read with Caffe's defaults, floats as float32", async () => {
    const { settings } = await read(start)
    expect(settings).toMatchObject({
      type: "SGD",
      base_lr: Math.fround(0.01),
      momentum: 0,
      momentum2: Math.fround(0.999),
      iter_size: 1,
      clip_gradients: -1,
      regularization_type: "L2",
      snapshot_after_train: true,
    })
  })

  test("may name its type the old way", async () => {
    expect((await read(`${start}solver_type: ADAGRAD`)).settings.type).toBe("AdaGrad")
    await expect(read(`${start}solver_type: ADAM\ntype: "Adam"`)).rejects.toThrow(
      "type and solver_type together: Adam and ADAM",
    )
  })

  test("may hold its net, whose errors name the solver's lines", async () => {
    const { train } = await read(
      `base_lr: 1\nlr_policy: "fixed"\nmax_iter: 1\nnet_param {\n  layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 } } }\n}\n`,
    )
    const text = String(train.net)
    expect(text.split("\n").findIndex((line) => line.includes("layer")) + 1).toBe(5)
    expect(text).not.toContain("net_param")
  })

  test.each([
    ['lr_polic: "fixed"', 'unknown field in SolverParameter: lr_polic (5:1); did you mean "lr_policy"?'],
    ["gamma: -1", "gamma is negative or no number: -1 (5:1)"],
    ["  momentum: nan", "momentum is negative or no number: NaN (5:3)"],
    ["snapshot_format: HDF5", "snapshot_format not supported: HDF5 (5:1); HDF5 needs a library of its own"],
    ['type: "AdaGard"', "unknown type: AdaGard (5:1); did you mean AdaGrad?"],
    [
      "test_iter: 1 test_iter: 2",
      "one test net supported: 2 values of test_iter (5:14); train once for each test net",
    ],
    ["iter_size: 0", "iter_size must be whole and at least 1: 0 (5:1)"],
    ["debug_info: true", "debug_info not supported: true (5:1); prelab backward shows every gradient"],
    ["random_seed: many", "integer expected: many (5:14)"],
    ['type: "AdaGrad" momentum: 0.5', "AdaGrad has no momentum: 0.5"],
    ['train_net: "other.prototxt"', "one train net needed: net and train_net"],
  ])("with %s is refused, with the place", async (line, message) => {
    await expect(read(`${start}${line}\n`)).rejects.toThrow(message)
  })

  test("without a learning rate, or with a step of none, is refused", async () => {
    await expect(read('net: "n" lr_policy: "fixed" max_iter: 1')).rejects.toThrow(
      "solver field missing: base_lr",
    )
    await expect(read('net: "n" base_lr: 1 lr_policy: "step" max_iter: 1')).rejects.toThrow(
      "lr_policy step needs a stepsize: 0",
    )
  })

  test("may be an object of the same fields, checked the same way", async () => {
    const fields: SolverFields = { net: "n.prototxt", base_lr: 0.1, lr_policy: "fixed", max_iter: 5 }
    expect((await readSolver(fields)).settings.base_lr).toBe(Math.fround(0.1))
    await expect(readSolver({ ...fields, momentun: 0.9 })).rejects.toThrow(
      'unknown field in SolverParameter: momentun; did you mean "momentum"?',
    )
    await expect(readSolver({ ...fields, momentum: "0.9" })).rejects.toThrow(
      "momentum is negative or no number: 0.9",
    )
  })
})

test("two step values of one iteration are passed one after the other, as Caffe's counter does", async () => {
  const { settings } = await read(
    'net: "n" base_lr: 1 lr_policy: "multistep" gamma: 0.5 stepvalue: [2, 2, 5] max_iter: 9',
  )
  expect([0, 1, 2, 3, 4, 5, 6].map((i) => learningRate(settings, i))).toEqual([
    1, 1, 0.5, 0.25, 0.25, 0.125, 0.125,
  ])
})
