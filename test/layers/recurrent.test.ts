import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { callsOf } from "../../src/layers/index.js"
import { type Blob, count, type Shape } from "../../src/net/index.js"
import { oneLayer } from "../engines/gpu/one-layer.js"
import { inDoubles, inFloats, plainRecurrent, type Recurrent } from "./plain-recurrent.js"
import { blobOf, randomBlob, runLayer } from "./run-layer.js"

const [steps, streams, units] = [7, 3, 4]
type Type = Recurrent["type"]

/** Blobs of a layer in Caffe's order. */
function blobsOf(type: Type, inputs: number, still: number, size = 0.5): Blob[] {
  const gates = (type === "LSTM" ? 4 : 1) * units
  const shapes: Shape[] = [
    [gates, inputs],
    [gates],
    ...(still > 0 ? [[gates, still]] : []),
    [gates, units],
    ...(type === "RNN" ? [[units, units], [units]] : []),
  ]
  return shapes.map((shape, i) => {
    const { data } = randomBlob(shape, `${type} blob ${i}`)
    return { shape, data: data.map((v) => v * size) }
  })
}

/** Where each stream begins anew: stream 0 at once, 1 in the middle and at the end, 2 never; then what lies between. */
const resets = (t: number, n: number) => (n === 0 ? +(t > 0) : n === 1 ? +(t !== 3 && t !== 6) : 1)
const fractions = (t: number, n: number) => ((t + n) % 3) / 2

interface Made {
  readonly still?: boolean
  readonly exposed?: boolean
  readonly cont?: (t: number, n: number) => number
  readonly size?: number
}

function netOf(type: Type, { still = false, exposed = false, cont = resets, size = 0.5 }: Made): Recurrent {
  const indicators = Array.from({ length: steps * streams }, (_, i) =>
    cont(Math.floor(i / streams), i % streams),
  )
  const state = (type === "LSTM" ? ["h", "c"] : ["h"]).map((name) => randomBlob([1, streams, units], name))
  return {
    type,
    units,
    x: randomBlob([steps, streams, 2, 3], "x"),
    cont: blobOf([steps, streams], ...indicators),
    still: still ? randomBlob([streams, 5], "still") : undefined,
    state: exposed ? state : undefined,
    blobs: blobsOf(type, 6, still ? 5 : 0, size),
  }
}

function run({ type, units: num_output, x, cont, still, state, blobs }: Recurrent) {
  return runLayer({
    type,
    message: { recurrent_param: { num_output, expose_hidden: state !== undefined } },
    bottoms: [x, cont, ...(still ? [still] : []), ...(state ?? [])],
    blobs,
    tops: 1 + (state?.length ?? 0),
  })
}

/** Every value of every top: how far `got` is from `want`, as a share of its bound. */
function share(got: readonly ArrayLike<number>[], want: readonly number[][], bound: readonly Float64Array[]) {
  let worst = 0
  got.forEach((top, t) => {
    expect(top.length).toBe(bound[t]!.length)
    for (let i = 0; i < top.length; i++)
      worst = Math.max(worst, Math.abs(top[i]! - want[t]![i]!) / bound[t]![i]!)
  })
  return worst
}

const types = ["LSTM", "RNN"] as const
const variants: readonly (readonly [string, Made])[] = [
  ["sequences that begin in the middle", {}],
  ["a static input", { still: true }],
  ["an exposed state", { exposed: true }],
  ["a static input and an exposed state", { still: true, exposed: true }],
  ["indicators between 0 and 1", { cont: fractions, exposed: true }],
  ["large weights, gates wide open or shut", { size: 6, exposed: true, still: true }],
]
const all = types.flatMap((type) => variants.map(([name, made]) => [type, name, made] as const))

describe.each(all)("%s with %s", (type, name, made) => {
  const net = netOf(type, made)
  const layer = run(net)
  const exact = plainRecurrent(net, inDoubles)
  const bound = layer.bound()

  test("is what its formulas say, within its bound", () => {
    const state = made.exposed ? Array(exact.length - 1).fill([1, streams, units]) : []
    expect(layer.shapes).toEqual([[steps, streams, units], ...state])
    expect(share(layer.tops, exact, bound)).toBeLessThanOrEqual(1)
  })

  test("float32 in any order stays within the bound", () => {
    const worst = Array.from({ length: 20 }, (_, i) =>
      share(plainRecurrent(net, inFloats(`${type} ${name} ${i}`)).slice(0, bound.length), exact, bound),
    )
    expect(Math.max(...worst)).toBeLessThanOrEqual(1)
    // A bound that nothing comes near would prove nothing.
    expect(Math.max(...worst)).toBeGreaterThan(0.001)
  })

  test("bottoms that are off move it no farther than its bound", () => {
    for (const size of [1e-6, 1e-3]) {
      const off = (blob: Blob, label: string) => {
        const noise = randomBlob(blob.shape, `${label} ${size}`).data
        return { shape: blob.shape, data: blob.data.map((v, i) => v + Math.sign(noise[i]!) * size * 0.9) }
      }
      const moved: Recurrent = {
        ...net,
        x: off(net.x, "x"),
        cont: off(net.cont, "cont"),
        still: net.still && off(net.still, "still"),
        state: net.state?.map((blob, i) => off(blob, `state ${i}`)),
      }
      const bottoms = [net.x, net.cont, ...(net.still ? [net.still] : []), ...(net.state ?? [])]
      const errors = bottoms.map(({ data }) => new Float64Array(data.length).fill(size))
      const allowed = layer.bound(errors)
      expect(
        share(plainRecurrent(moved, inDoubles).slice(0, allowed.length), exact, allowed),
      ).toBeLessThanOrEqual(1)
    }
  })

  test("two blobs or two gates in the wrong places are far outside the bound", () => {
    const wrong = net.blobs.map((blob) => ({ ...blob, data: blob.data.toReversed() }))
    expect(share(layer.tops, plainRecurrent({ ...net, blobs: wrong }, inDoubles), bound)).toBeGreaterThan(100)
  })
})

describe.each(types)("%s", (type) => {
  const rows = ({ shape, data }: Blob, from: number, to: number): Blob => {
    const size = data.length / shape[0]!
    return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) }
  }
  const cut = (net: Recurrent, from: number, to: number): Recurrent => ({
    ...net,
    x: rows(net.x, from, to),
    cont: rows(net.cont, from, to),
  })

  test("a sequence that begins anew knows nothing of what was before", () => {
    const net = netOf(type, { cont: (t) => +(t !== 4) })
    const [whole, first, second] = [net, cut(net, 0, 4), cut(net, 4, 7)].map((part) => run(part).tops[0]!)
    expect(whole).toEqual(Float32Array.of(...first!, ...second!))
    const goesOn = run({ ...net, cont: blobOf([steps, streams], ...Array(steps * streams).fill(1)) }).tops[0]!
    expect(goesOn.slice(0, first!.length)).toEqual(first)
    expect(goesOn.slice(first!.length)).not.toEqual(second)
  })

  test("the state that one half hands out is what the other half needs", () => {
    const net = netOf(type, { exposed: true, still: true, cont: () => 1 })
    const whole = run(net)
    const first = run(cut(net, 0, 3))
    const state = first.tops.slice(1).map((data) => ({ shape: [1, streams, units], data }))
    const second = run({ ...cut(net, 3, 7), state })
    expect(whole.tops[0]).toEqual(Float32Array.of(...first.tops[0]!, ...second.tops[0]!))
    expect(whole.tops.slice(1)).toEqual(second.tops.slice(1))
  })

  test("a state that is not given is zero, every time", () => {
    const { tops, forward } = run(netOf(type, {}))
    const { x, cont } = netOf(type, {})
    expect(forward([x.data, cont.data])).toEqual(tops)
    const zeros = (type === "LSTM" ? [0, 0] : [0]).map(() =>
      blobOf([1, streams, units], ...Array(12).fill(0)),
    )
    expect(run({ ...netOf(type, {}), state: zeros }).tops[0]).toEqual(tops[0])
  })

  test("nothing known of x bounds the output all the same: it cannot leave -1 to 1 by more than it moves inside", () => {
    for (const size of [1, 1e30, Number.POSITIVE_INFINITY]) {
      const net = netOf(type, { cont: () => 1 })
      const errors = [new Float64Array(net.x.data.length).fill(size), new Float64Array(net.cont.data.length)]
      const [bound] = run(net).bound(errors)
      expect(Math.min(...bound!)).toBeGreaterThan(0.5)
      // An output is the product of a sigmoid and a tanh, which are off by 1 and 2 at most.
      expect(Math.max(...bound!)).toBeLessThan(1 * 2 + 2 * 1 + 1.001)
    }
  })

  test("counts the products of its unrolled net", () => {
    const gates = type === "LSTM" ? 16 : 4
    const step = gates * (6 + units) + units + (type === "LSTM" ? 4 * units : units * units)
    expect(run(netOf(type, {})).macs).toBe(steps * streams * step)
    expect(run(netOf(type, { still: true })).macs).toBe(steps * streams * step + streams * gates * 5)
  })

  test("loads from a prototxt", async () => {
    const net = await loadNet(
      Buffer.from(`
        layer { name: "in" type: "Input" top: "x" top: "cont" top: "still"
          input_param { shape { dim: 5 dim: 2 dim: 3 } shape { dim: 5 dim: 2 } shape { dim: 2 dim: 6 } } }
        layer { name: "time" type: "${type}" bottom: "x" bottom: "cont" bottom: "still" top: "y"
          recurrent_param { num_output: 4 weight_filler { type: "uniform" } bias_filler { type: "constant" } debug_info: false } }`),
    )
    const { calls, problems } = callsOf(net)
    const { type: known, call } = calls.get(net.layers[1]!)!
    expect(problems.get(net.layers[1]!)?.message).toBe("no weights loaded: layer time")
    expect(call.tops).toEqual([[5, 2, 4]])
    const gates = type === "LSTM" ? 16 : 4
    const output: Shape[] = type === "RNN" ? [[4, 4], [4]] : []
    expect(known.blobShapes!(call)).toEqual([[gates, 3], [gates], [gates, 6], [gates, 4], ...output])
    expect(known.macs!(call)).toBeGreaterThan(0)
  })
})

describe("by hand", () => {
  test("an RNN of one unit", () => {
    const { tops } = run({
      type: "RNN",
      units: 1,
      x: blobOf([2, 1, 1], 0.5, 2),
      cont: blobOf([2, 1], 0, 1),
      blobs: [blobOf([1, 1], 3), blobOf([1], -1), blobOf([1, 1], 2), blobOf([1, 1], -4), blobOf([1], 0.25)],
    })
    const { fround, tanh } = Math
    const h1 = fround(tanh(0.5))
    const h2 = fround(tanh(fround(fround(2 * h1) + 5)))
    const output = (h: number) => fround(tanh(fround(-4 * h + 0.25)))
    expect([...tops[0]!]).toEqual([output(h1), output(h2)])
  })

  test("LSTMUnit's gates are i, f, o, g, and f is 0 where a sequence begins", () => {
    const gates = [1, Number.NaN, 2, 0.5, 1, 3, 2, 0.5]
    const { tops, bound, macs } = runLayer({
      type: "LSTMUnit",
      bottoms: [blobOf([1, 2, 1], 7, 7), blobOf([1, 2, 4], ...gates), blobOf([1, 2], 0, 1)],
      tops: 2,
    })
    const { fround, tanh, exp } = Math
    const sigmoid = (x: number) => fround(1 / (1 + exp(-x)))
    const added = fround(sigmoid(1) * fround(tanh(0.5)))
    const cells = [added, fround(fround(sigmoid(3) * 7) + added)]
    expect([...tops[0]!]).toEqual(cells)
    expect([...tops[1]!]).toEqual(cells.map((c) => fround(sigmoid(2) * fround(tanh(c)))))
    expect(bound()[0]![0]).toBeLessThan(1e-6)
    expect(macs).toBe(8)
  })
})

const lstm = (...bottoms: Shape[]) => ({ type: "LSTM", param: { num_output: 2 }, bottoms })
const refused: readonly (readonly [string, { type: string; param: object; bottoms: Shape[] }])[] = [
  ["wrong number of bottoms: 1, LSTM has 2 to 5", lstm([3, 1, 4])],
  ["wrong number of bottoms: 4, LSTM has 2 or 3", lstm([3, 1, 4], [3, 1], [1, 5], [1, 1, 2])],
  [
    "wrong number of bottoms: 3, LSTM with expose_hidden has 4 or 5",
    { ...lstm([3, 1, 4], [3, 1], [1, 1, 2]), param: { num_output: 2, expose_hidden: true } },
  ],
  ["num_output must be positive: 0", { ...lstm([3, 1, 4], [3, 1]), param: {} }],
  ["LSTM needs time, streams, values: 3x4", lstm([3, 4], [3, 4])],
  ["no time steps: 0x1x4", lstm([0, 1, 4], [0, 1])],
  ["cont shape mismatch: 1x3 for 3x1", lstm([3, 1, 4], [1, 3])],
  ["static input shape mismatch: 2x5 for 1 streams", lstm([3, 1, 4], [3, 1], [2, 5])],
  [
    "initial state shape mismatch: 1x2 for 1x1x2",
    {
      type: "RNN",
      param: { num_output: 2, expose_hidden: true },
      bottoms: [
        [3, 1, 4],
        [3, 1],
        [1, 2],
      ],
    },
  ],
]

test.each(refused)("%s", (reason, { type, param, bottoms }) => {
  const { net } = oneLayer(type, "refused", { message: { recurrent_param: param }, bottoms })
  expect(callsOf(net).problems.get(net.layer("tested"))?.message).toContain(reason)
})

test("a static input's weights come before those of the state", () => {
  const net = netOf("LSTM", { still: true })
  const [w, b, ws, wh] = net.blobs as [Blob, Blob, Blob, Blob]
  expect(() => run({ ...net, blobs: [w, b, wh, ws] })).toThrow(
    "shape mismatch: blob 2 of layer tested is 16x4",
  )
  expect(count(ws.shape)).toBe(80)
})
