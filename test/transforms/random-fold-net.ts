import type { Net } from "../../src/net/index.js"
import { bn, conv, input, ip, layer, numbers, power, randomNet, scale, withBlobs } from "./random-net.js"

/** What the generator knows of the blob that the next layer reads. */
interface Tip {
  readonly blob: string
  readonly channels: number
  /** Height and width, none behind an InnerProduct. */
  readonly size: number
}

/** Draws layers: every pattern that a fold meets, and those that it must leave alone. */
class Drawing {
  readonly #next: () => number
  readonly lines: string[]
  #count = 0
  #tip: Tip

  constructor(seed: number) {
    this.#next = numbers(seed * 7919 + 1)
    for (let i = 0; i < 5; i++) this.#next()
    const channels = 2 * this.below(2) + 2
    this.#tip = { blob: "data", channels, size: 5 }
    this.lines = [input(`dim: ${1 + this.below(2)} dim: ${channels} dim: 5 dim: 5`)]
  }

  below(n: number): number {
    return Math.min(n - 1, Math.floor(((this.#next() + 1) / 2) * n))
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  /** One of these, drawn. */
  one<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  #name(kind: string): string {
    return `${kind}${++this.#count}`
  }

  /** A per-channel layer, in place or not. */
  affine(): void {
    const { blob } = this.#tip
    const name = this.#name("f")
    const top = blob !== "data" && this.chance(60) ? blob : name
    const draw = this.one<() => string>(
      () => bn(name, blob, top, this.one("", "eps: 0.5", "eps: 1e-9")),
      () => bn(name, blob, top, ""),
      () => bn(name, blob, top, "scale_bias: true"),
      () => bn(name, blob, top, this.chance(20) ? "use_global_stats: false" : ""),
      () => scale(name, blob, top),
      () => scale(name, blob, top, ""),
      () => scale(name, blob, top, ""),
      () =>
        scale(
          name,
          blob,
          top,
          this.one("axis: 0", "num_axes: -1", "num_axes: 0", "num_axes: 0 bias_term: true"),
        ),
      () => layer(name, "Bias", blob, top),
      () => power(name, blob, top, this.one("scale: -1.5 shift: 0.25", "scale: 0.5", "shift: 2", "scale: 2")),
      () => layer(name, "BN", blob, top, "bn_param { bn_mode: INFERENCE }"),
      () => layer(name, "BN", blob, top, "bn_param { frozen: true eps: 0.001 }"),
    )
    this.lines.push(draw())
    this.#tip = { ...this.#tip, blob: top }
  }

  activation(): void {
    const { blob } = this.#tip
    const name = this.#name("a")
    const top = blob !== "data" && this.chance(60) ? blob : name
    this.lines.push(
      this.one(
        layer(name, "ReLU", blob, top),
        layer(name, "ReLU", blob, top, "relu_param { negative_slope: 0.25 }"),
        layer(name, "PReLU", blob, top),
        layer(name, "PReLU", blob, top, "prelu_param { channel_shared: true }"),
        layer(name, "Dropout", blob, top, `dropout_param { scale_train: ${this.chance(50)} }`),
      ),
    )
    this.#tip = { ...this.#tip, blob: top }
  }

  /** A layer with weights. */
  linear(): void {
    const { blob, channels, size } = this.#tip
    const name = this.#name("w")
    const bias = `bias_term: ${this.chance(60)}`
    if (size === 0 || this.chance(15)) {
      const outputs = this.one(2, 4)
      this.lines.push(ip(name, blob, name, `num_output: ${outputs} transpose: ${this.chance(50)} ${bias}`))
      this.#tip = { blob: name, channels: outputs, size: 0 }
      return
    }
    const pad = this.one(0, 0, 1)
    const kernel = size + 2 * pad < 3 ? 1 : this.one(1, 2, 3)
    const group = this.one(1, 1, 2)
    const outputs = this.one(2, 4)
    const window = `kernel_size: ${kernel} pad: ${pad} ${bias}`
    const deconvolution = `${window} stride: ${this.one(1, 2)} num_output: ${outputs} group: ${group}`
    const kind = this.one("Convolution", "Convolution", "Convolution", "Deconvolution", "Depthwise")
    if (kind === "Deconvolution" && size < 6 && kernel > 2 * pad) {
      this.lines.push(layer(name, kind, blob, name, `convolution_param { ${deconvolution} }`))
      const stride = deconvolution.includes("stride: 2") ? 2 : 1
      this.#tip = { blob: name, channels: outputs, size: stride * (size - 1) + kernel - 2 * pad }
      return
    }
    const after = size + 2 * pad - kernel + 1
    if (kind === "Depthwise") {
      const type = this.one("DepthwiseConvolution", "ConvolutionDepthwise")
      const param = `convolution_param { num_output: ${channels} ${window} }`
      this.lines.push(layer(name, type, blob, name, param))
      this.#tip = { blob: name, channels, size: after }
      return
    }
    this.lines.push(conv(name, blob, name, `num_output: ${outputs} group: ${group} ${window}`))
    if (this.chance(8)) {
      // A second layer with the same weights.
      this.lines[this.lines.length - 1] = this.lines
        .at(-1)!
        .replace(" convolution_param", ` param { name: "w" } convolution_param`)
      const twin = this.lines.at(-1)!.replaceAll(`"${name}"`, `"${name}twin"`)
      this.lines.push(twin)
    }
    this.#tip = { blob: name, channels: outputs, size: after }
  }

  /** Something that stands in the way: a second reader, a concatenation, a pooling, a sum. */
  obstacle(): void {
    const { blob, channels, size } = this.#tip
    const name = this.#name("o")
    const kind = this.one("reader", "concat", "pool", "sum")
    if (kind === "reader") {
      this.lines.push(layer(name, "AbsVal", blob, name))
      // A blob that somebody else reads is no longer written in place.
      this.lines.push(layer(`${name}n`, "TanH", blob, `${name}n`))
      if (this.chance(50)) this.#tip = { ...this.#tip, blob: `${name}n` }
      else this.#pinned = blob
      return
    }
    if (kind === "pool" && size >= 2)
      this.lines.push(layer(name, "Pooling", blob, name, "pooling_param { kernel_size: 2 }"))
    else if (kind === "sum") this.lines.push(layer(name, "Eltwise", blob, name, `bottom: "${blob}"`))
    else this.lines.push(layer(name, "Concat", blob, name, `bottom: "${blob}"`))
    const pooled = kind === "pool" && size >= 2
    const twice = !pooled && kind !== "sum"
    this.#tip = { blob: name, channels: twice ? 2 * channels : channels, size: pooled ? size - 1 : size }
  }

  #pinned: string | undefined

  /** The next layer must not write over a blob that others read. */
  freshTop(): void {
    if (this.#pinned === undefined || this.#pinned !== this.#tip.blob) return
    const name = this.#name("s")
    this.lines.push(scale(name, this.#tip.blob, name))
    this.#tip = { ...this.#tip, blob: name }
  }
}

/** A small net of a few layers in a row, always the same for one seed. */
export function randomFoldNet(seed: number): Net {
  const drawing = new Drawing(seed)
  const length = 4 + drawing.below(4)
  for (let i = 0; i < length; i++) {
    const kind = drawing.below(100)
    if (kind < 45) drawing.affine()
    else if (kind < 75) drawing.linear()
    else if (kind < 90) drawing.activation()
    else drawing.obstacle()
    drawing.freshTop()
  }
  const net = randomNet(drawing.lines.join("\n"), seed + 1)
  return strange(shared(net), drawing)
}

/** Parameters of one name are one. */
function shared(net: Net): Net {
  const twin = net.layers.find(({ name }) => name.endsWith("twin"))
  if (!twin) return net
  const [weight] = net.layer(twin.name.replace("twin", "")).blobs
  return withBlobs(net, twin.name, ([_, ...rest]) => [weight!, ...rest])
}

/** Now and then statistics as they come: tiny variances, a factor of 0, factors all positive, or some of them 0. */
function strange(net: Net, drawing: Drawing): Net {
  let made = net
  for (const { name, type, blobs } of net.layers) {
    const set = (blob: number, value: (v: number) => number) => {
      made = withBlobs(made, name, (all) =>
        all.map((each, i) => (i === blob ? { shape: each.shape, data: each.data.map(value) } : each)),
      )
    }
    if (type === "BatchNorm" && blobs.length === 3 && drawing.chance(15)) set(2, () => 0)
    else if (type === "BatchNorm" && drawing.chance(15)) set(1, (v) => (v > 300 ? 0 : v * 1e-9))
    if (type === "Scale" && drawing.chance(60)) set(0, Math.abs)
    if (type === "Scale" && drawing.chance(5)) set(0, (v) => (v > 0.5 ? 0 : v))
  }
  return made
}
