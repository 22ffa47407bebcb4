import { readFileSync } from "node:fs"
import { loadNet } from "../../src/caffe/index.js"
import type { Layer, Message, Net, Value } from "../../src/net/index.js"
import { reloaded } from "../equivalence/reload.js"

/** The numbers of one output channel that a merge script sees. */
export interface Seen {
  readonly c: number
  /** Own bias, 0 where there is none. */
  readonly b: number
  readonly mean: number
  readonly variance: number
  readonly factor: number
  readonly eps: number
  readonly g: number
  readonly beta: number
}

/** What a script makes of them: the factor of the channel's weights, and the new bias. */
export type Fold = (seen: Seen) => { readonly alpha: number; readonly bias: number }

/** The formula of a script with some of its parts replaced; the others are right. */
export function formula(
  wrong: {
    readonly alpha?: (seen: Seen & { m: number; v: number }) => number
    readonly bias?: (seen: Seen & { m: number; v: number; alpha: number }) => number
  } = {},
): Fold {
  return (seen) => {
    const by = (stored: number) => (seen.factor === 0 ? 0 : stored / seen.factor)
    const [m, v] = [by(seen.mean), by(seen.variance)]
    const alpha = wrong.alpha?.({ ...seen, m, v }) ?? seen.g / Math.sqrt(v + seen.eps)
    const bias = wrong.bias?.({ ...seen, m, v, alpha }) ?? (seen.b - m) * alpha + seen.beta
    return { alpha, bias }
  }
}

const absorbing = new Set(["Convolution", "Deconvolution", "InnerProduct"])

/**
 * What the scripts do: for every BatchNorm look for the layer of the given types that wrote its bottom, take the Scale behind it along,
 * write the folded parameters, and delete BatchNorm and Scale. As they do, it multiplies weights that lie [out, …] and asks no questions.
 *
 * @param across skip activations on the way up, as scripts do that look at blob names
 */
export function mergeScript(
  net: Net,
  fold: Fold,
  { across = false, only = (_layer: Layer): boolean => true } = {},
): Net {
  const gone = new Map<Value, Value>()
  const changed = new Map<Layer, Layer>()
  const dropped = new Set<Layer>()
  for (const norm of net.layers.filter(({ type }) => type === "BatchNorm")) {
    let target = net.producer(norm.bottoms[0]!)
    while (across && ["ReLU", "PReLU"].includes(target.type)) target = net.producer(target.bottoms[0]!)
    if (!absorbing.has(target.type) || !only(target)) continue
    const top = norm.tops[0]!
    const scale = net.consumers(top).find(({ type }) => type === "Scale")
    changed.set(target, folded(target, norm, scale, fold))
    for (const layer of scale ? [norm, scale] : [norm]) {
      dropped.add(layer)
      gone.set(layer.tops[0]!, gone.get(layer.bottoms[0]!) ?? layer.bottoms[0]!)
    }
  }
  const at = (value: Value) => gone.get(value) ?? value
  const layers = net.layers
    .filter((layer) => !dropped.has(layer))
    .map((layer) => ({ ...(changed.get(layer) ?? layer), bottoms: layer.bottoms.map(at) }))
  return fromFiles(
    net.with(
      layers.map(({ origin: _origin, ...layer }) => layer),
      { files: {} },
    ),
  )
}

function folded(target: Layer, norm: Layer, scale: Layer | undefined, fold: Fold): Layer {
  const [weight, own] = target.blobs
  const [mean, variance, factor] = norm.blobs.map(({ data }) => data) as Float32Array[]
  const [g, beta] = (scale?.blobs ?? []).map(({ data }) => data)
  const eps = Math.fround(Number((norm.message.batch_norm_param as Message | undefined)?.eps ?? 1e-5))
  const channels = mean!.length
  const results = Array.from({ length: channels }, (_, c) =>
    fold({
      c,
      b: own?.data[c] ?? 0,
      mean: mean![c]!,
      variance: variance![c]!,
      factor: factor![0]!,
      eps,
      g: g?.[c] ?? 1,
      beta: beta?.[c] ?? 0,
    }),
  )
  const row = weight!.data.length / channels
  const section = target.type === "InnerProduct" ? "inner_product_param" : "convolution_param"
  return {
    ...target,
    message: { ...target.message, [section]: { ...(target.message[section] as Message), bias_term: true } },
    blobs: [
      { shape: weight!.shape, data: weight!.data.map((w, i) => w * results[Math.floor(i / row)]!.alpha) },
      { shape: [channels], data: Float32Array.from(results, ({ bias }) => bias) },
    ],
  }
}

/** As the files would give it back: no value in common with any other net. */
export const fromFiles = reloaded

/** The same net with other numbers in some layers. */
export function withData(net: Net, change: (layer: Layer) => readonly Float32Array[] | undefined): Net {
  return fromFiles(
    net.with(
      net.layers.map((layer) => {
        const data = change(layer)
        return data ? { ...layer, blobs: layer.blobs.map((blob, i) => ({ ...blob, data: data[i]! })) } : layer
      }),
    ),
  )
}

/** The sample net, from its files. */
export async function digits(): Promise<Net> {
  const file = (name: string) => readFileSync(new URL(`../../notebooks/data/${name}`, import.meta.url))
  return loadNet(file("digits.prototxt"), file("digits.caffemodel"))
}
