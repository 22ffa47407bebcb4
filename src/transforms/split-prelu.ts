import { callsOf, type NetCalls } from "../layers/index.js"
import { type Blob, type Layer, type Message, makeValue, type Net, type Shape } from "../net/index.js"
import { remember } from "./remembered.js"
import { type RewriteAction, RewriteReport, type RewriteRule } from "./rewrite-report.js"
import { LayerNames, ownSpec, rulesOf, specsOf } from "./wiring.js"

export interface SplitOptions {
  /**
   * How the negative side is multiplied: "scale" (ReLU, Scale, ReLU, Scale, Eltwise), the form for TensorRT; or "group-convolution"
   * (ReLU, Power, ReLU, 1x1 convolution with a group per channel, Eltwise).
   */
  readonly form?: "scale" | "group-convolution"
  /** Write a PReLU whose slopes are all equal as a ReLU with `negative_slope`. */
  readonly leaky?: boolean
}

/** Everything that the two forms need to know of one PReLU. */
interface Split {
  readonly layer: Layer
  /** One a channel, also where one is shared by all. */
  readonly slopes: Float32Array
  /** Shape of the PReLU's bottom, where it is known. */
  readonly shape: Shape | undefined
  readonly names: LayerNames
}

/**
 * Writes every PReLU, y = max(x, 0) + a min(x, 0), as the layers that deployment tools know:
 *
 *     y = ReLU(x) + (-a) ReLU(-x)
 *
 * For negative x, ReLU(-x) is -x, so its factor must be -a to give a x. (The composition in Caffe's pull request 1940 had the filler's
 * +0.25 there: it computes x for x > 0 and -a x below, and so "slightly different results".)
 *
 * The result is the PReLU's own bit for bit on Caffe's CPU formula (prelu_layer.cpp, relu_layer.cpp), for every finite x and every slope:
 * negating is exact, of the two terms one is always a zero, and the product rounds once in both. An infinite x becomes NaN, because Caffe's
 * ReLU multiplies min(x, 0) by its slope 0.
 *
 * - The sum keeps the PReLU's name and value. Old weights under this name are then refused, not silently lost.
 * - Scale states `bias_term: false`, without which TensorRT takes it for one with a bias; Eltwise has no `coeff`, which TensorRT ignores.
 *   A slope shared by all channels is written once a channel.
 * - The factor -1 gets `lr_mult: 0`: training moves the slopes alone.
 * - A PReLU whose slopes are all 0 becomes a ReLU, the same formula. One whose slopes are all equal does so with `leaky` only, because not
 *   every tool reads `negative_slope`. Slopes of 1 are no reason to remove it: it still turns -0 into 0.
 *
 * @param options.form default "scale"
 */
export function splitPRelu(net: Net, options: SplitOptions = {}): { net: Net; report: RewriteReport } {
  const calls = callsOf(net)
  const names = new LayerNames(net)
  const actions: RewriteAction[] = []
  const rules: RewriteRule[] = []
  const layers = net.layers.flatMap((layer) => {
    if (layer.type !== "PReLU") return [layer]
    const { name, type } = layer
    const obstacle = obstacleOf(calls, layer, options)
    if (obstacle !== undefined) {
      actions.push({ layer: name, type, action: "kept", why: obstacle })
      return [layer]
    }
    const split = { layer, slopes: slopesOf(calls, layer), shape: shapeOf(calls, layer), names }
    const parts =
      leakyForm(split, options) ?? (options.form === "group-convolution" ? grouped : scaled)(split)
    const shared = specsOf(layer)[0]?.name
    const own = shared ? `; the slopes that it shared as ${shared} are its own copy now` : ""
    const leaky = parts.length === 1
    const why = leaky
      ? `every slope is ${split.slopes[0]! + 0}: ReLU has the same formula`
      : "max(x, 0) + a min(x, 0) = ReLU(x) + (-a) ReLU(-x), one of the two terms is always zero"
    actions.push({
      layer: name,
      type,
      action: leaky ? "replaced" : "split",
      into: parts.map((part) => part.name).join(", "),
      why: why + own,
    })
    rules.push({
      rule: "split PReLU",
      layer: parts.at(-1)!,
      layers: parts,
      from: [layer],
      conditions: leaky
        ? ["all slopes are equal"]
        : ["every slope is negated exactly", "every value between is read once"],
    })
    return parts
  })
  const report = new RewriteReport({ name: "Split PReLU", subject: "PReLU" }, actions, rules)
  return { net: remember(net.with(layers), { from: net, rules }), report }
}

/** Why a PReLU stays as it is. */
function obstacleOf(calls: NetCalls, layer: Layer, { form }: SplitOptions): string | undefined {
  if (layer.blobs.length === 0) return "no weights are loaded for it"
  const problem = calls.problems.get(layer)
  const shape = shapeOf(calls, layer)
  if (problem && shape) return problem.message
  const shared = layer.blobs[0]!.shape.length === 0
  if (shape === undefined && (shared || form === "group-convolution"))
    return `the shape of ${layer.bottoms[0]!.blob} is unknown: ${problem!.message}`
  if (form === "group-convolution" && shape!.length < 3)
    return `${layer.bottoms[0]!.blob} has ${shape!.length} axes: a convolution needs one after the channels`
  return undefined
}

function shapeOf({ shapes }: NetCalls, { bottoms }: Layer): Shape | undefined {
  return shapes.get(bottoms[0]!)
}

/** One slope a channel: the second axis counts the channels (prelu_layer.cpp). */
function slopesOf(calls: NetCalls, layer: Layer): Float32Array {
  const [{ shape, data }] = layer.blobs as [Blob]
  return shape.length > 0 ? data : new Float32Array(shapeOf(calls, layer)![1]!).fill(data[0]!)
}

/** One ReLU, where that is the same formula and wanted. */
function leakyForm({ layer, slopes }: Split, { leaky }: SplitOptions): Layer[] | undefined {
  const [slope = 0] = slopes
  if (slopes.some((other) => other !== slope) || !Number.isFinite(slope)) return undefined
  if (slope !== 0 && !leaky) return undefined
  const message = { ...rulesOf(layer), ...(slope === 0 ? {} : { relu_param: { negative_slope: slope } }) }
  return [{ name: layer.name, type: "ReLU", bottoms: layer.bottoms, tops: layer.tops, message, blobs: [] }]
}

function scaled(split: Split): Layer[] {
  const { layer, slopes } = split
  const minusOne = slopes.map(() => -1)
  const filler = (value: number) => ({ axis: 1, filler: { type: "constant", value }, bias_term: false })
  const frozen = { param: [{ lr_mult: 0, decay_mult: 0 }], scale_param: filler(-1) }
  return composed(
    split,
    { type: "Scale", message: frozen, blobs: [{ shape: [slopes.length], data: minusOne }] },
    {
      type: "Scale",
      message: { ...slopeSpec(layer), scale_param: { axis: 1, bias_term: false } },
      blobs: [{ shape: [slopes.length], data: negated(slopes) }],
    },
  )
}

function grouped(split: Split): Layer[] {
  const { layer, slopes, shape } = split
  const channels = slopes.length
  const param = { num_output: channels, bias_term: false, kernel_size: [1], group: channels }
  const weight = [channels, 1, ...shape!.slice(2).map(() => 1)]
  return composed(
    split,
    { type: "Power", message: { power_param: { scale: -1 } }, blobs: [] },
    {
      type: "Convolution",
      message: { ...slopeSpec(layer), convolution_param: param },
      blobs: [{ shape: weight, data: negated(slopes) }],
    },
  )
}

type Part = Pick<Layer, "type" | "message" | "blobs">

/** ReLU(x) + times(ReLU(negate(x))). What can run in place does: the two sides need one blob each. */
function composed({ layer, names }: Split, negate: Part, times: Part): Layer[] {
  const { name } = layer
  const [x] = layer.bottoms
  const [side, minus] = [names.take(`${name}_pos`), names.take(`${name}_neg`)]
  const [clipped, product] = [names.take(`${name}_neg_relu`), names.take(`${name}_slope`)]
  const [positive, negative, rectified] = [makeValue(side), makeValue(minus), makeValue(minus)]
  const multiplied = makeValue(times.type === "Scale" ? minus : product)
  const rules = rulesOf(layer)
  const relu: Part = { type: "ReLU", message: {}, blobs: [] }
  const sum: Part = { type: "Eltwise", message: { eltwise_param: { operation: "SUM" } }, blobs: [] }
  const make = (name: string, part: Part, bottoms: Layer["bottoms"], tops: Layer["tops"]): Layer => {
    return { ...part, name, bottoms, tops, message: { ...rules, ...part.message } }
  }
  return [
    make(side, relu, [x!], [positive]),
    make(minus, negate, [x!], [negative]),
    make(clipped, relu, [negative], [rectified]),
    make(product, times, [rectified], [multiplied]),
    make(name, sum, [positive, multiplied], layer.tops),
  ]
}

/** The slopes' learning rates go with them. */
function slopeSpec(layer: Layer): Message {
  const [spec] = specsOf(layer)
  return spec && Object.keys(ownSpec(spec)).length > 0 ? { param: [ownSpec(spec)] } : {}
}

function negated(slopes: Float32Array): Float32Array {
  return slopes.map((slope) => -slope)
}
