import type { Blob } from "../../src/net/index.js"
import { generator } from "../engines/gpu/one-layer.js"

/** How numbers are computed: what a result is rounded to, and in which order a sum is made. */
export interface Arithmetic {
  readonly round: (value: number) => number
  readonly order: (terms: number[]) => number[]
}

export const inDoubles: Arithmetic = { round: (value) => value, order: (terms) => terms }

/** Every operation rounds to float32; sums are made in another order each time. */
export function inFloats(name: string): Arithmetic {
  const random = generator(name)
  const order = (terms: number[]) =>
    terms
      .map((term) => ({ term, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ term }) => term)
  return { round: Math.fround, order }
}

export interface Recurrent {
  readonly type: "LSTM" | "RNN"
  readonly units: number
  readonly x: Blob
  readonly cont: Blob
  readonly still?: Blob | undefined
  readonly state?: readonly Blob[] | undefined
  readonly blobs: readonly Blob[]
}

/**
 * A recurrent net written down from its formulas, one number at a time and one stream after the other: the yardstick of the layers, which go
 * through blobs step by step.
 *
 * @returns the outputs [T, N, H], then the blobs of the last state [1, N, H]
 */
export function plainRecurrent(net: Recurrent, { round, order }: Arithmetic): number[][] {
  const { type, units, x, cont, still, blobs } = net
  const [steps, streams] = x.shape as [number, number]
  const dot = (weight: Blob, row: number, inputs: readonly number[], more: readonly number[] = []) => {
    const products = inputs.map((value, k) => round(weight.data[row * inputs.length + k]! * value))
    return order([...products, ...more]).reduce((sum, term) => round(sum + term), 0)
  }
  const rowOf = (blob: Blob, row: number, rows: number) => {
    const length = blob.data.length / rows
    return [...blob.data.subarray(row * length, (row + 1) * length)]
  }
  const names = ["Wx", "b", ...(still ? ["Ws"] : []), "Wh", "Wo", "bo"]
  const blob = Object.fromEntries(names.map((name, i) => [name, blobs[i]!])) as Record<string, Blob>
  const sigmoid = (v: number) => round(1 / (1 + Math.exp(-v)))
  const tanh = (v: number) => round(Math.tanh(v))

  const outputs: number[] = []
  const last = { h: [] as number[], c: [] as number[] }
  for (let n = 0; n < streams; n++) {
    let h = net.state ? rowOf(net.state[0]!, n, streams) : Array<number>(units).fill(0)
    let c = net.state?.[1] ? rowOf(net.state[1], n, streams) : Array<number>(units).fill(0)
    for (let t = 0; t < steps; t++) {
      const now = rowOf(x, t * streams + n, steps * streams)
      const goesOn = cont.data[t * streams + n]!
      const heard = h.map((value) => round(value * goesOn))
      const gate = (row: number) =>
        order([
          dot(blob.Wx!, row, now, [blob.b!.data[row]!]),
          dot(blob.Wh!, row, heard),
          ...(still ? [dot(blob.Ws!, row, rowOf(still, n, streams))] : []),
        ]).reduce((sum, term) => round(sum + term), 0)
      const all = h.map((_, u) => u)
      if (type === "LSTM") {
        const [i, f, o, g] = [0, 1, 2, 3].map((k) => all.map((u) => gate(k * units + u))) as number[][]
        c = all.map((u) => {
          const kept = goesOn === 0 ? 0 : round(round(goesOn * sigmoid(f![u]!)) * c[u]!)
          return round(kept + round(sigmoid(i![u]!) * tanh(g![u]!)))
        })
        h = all.map((u) => round(sigmoid(o![u]!) * tanh(c[u]!)))
      } else {
        h = all.map((u) => tanh(gate(u)))
      }
      const said = type === "LSTM" ? h : all.map((u) => tanh(dot(blob.Wo!, u, h, [blob.bo!.data[u]!])))
      said.forEach((value, u) => {
        outputs[(t * streams + n) * units + u] = value
      })
    }
    last.h.push(...h)
    last.c.push(...c)
  }
  return type === "LSTM" ? [outputs, last.h, last.c] : [outputs, last.h]
}
