import { PrelabError } from "../error.js"
import { type Blob, formatShape, type Net, type Shape } from "../net/index.js"
import { type Pass, type PassOptions, TrainingPass } from "./training-pass.js"

/**
 * The gradient of one blob of one layer. Layers that share a parameter have the same one, the sum of what
 * each adds.
 */
export interface Gradient extends Blob {
  readonly layer: string
  readonly index: number
  /**
   * False where Caffe computes none and leaves zeros: `lr_mult: 0`, BatchNorm's averages, what no loss
   * depends on.
   */
  readonly computed: boolean
}

/** One forward and one backward pass of a net: its loss and the derivatives of that. */
export class Backward implements Pass {
  readonly loss: number
  readonly losses: Readonly<Record<string, number>>
  readonly outputs: Readonly<Record<string, Blob>>
  readonly inputDiffs: Readonly<Record<string, Blob>>
  /** Of every blob of every layer, in the net's order. */
  readonly gradients: readonly Gradient[]
  /** The net as the pass left it: in phase TRAIN BatchNorm's averages have moved. */
  readonly net: Net

  constructor(pass: Pass, gradients: readonly Gradient[], net: Net) {
    this.loss = pass.loss
    this.losses = pass.losses
    this.outputs = pass.outputs
    this.inputDiffs = pass.inputDiffs
    this.gradients = gradients
    this.net = net
  }

  toString(): string {
    const inputs = Object.entries(this.inputDiffs).map(([name, { shape }]) => `${name} ${formatShape(shape)}`)
    return `Backward: loss ${this.loss}, ${this.gradients.length} gradients, of inputs ${inputs.join(", ") || "none"}`
  }
}

/**
 * Runs a net forward and back on the reference engine. Sums are in double and rounded once. A net that is to
 * run as in training is loaded with `phase: "TRAIN"`.
 *
 * @param inputs blobs by input name, C order, float32; the net takes their shapes
 * @throws PrelabError when an input is missing or unknown, the net has no loss, a layer cannot run, or has no
 * backward pass and needs one
 */
export async function backward(
  net: Net,
  inputs: Readonly<Record<string, Blob>>,
  options: PassOptions = {},
): Promise<Backward> {
  const shapes: Record<string, Shape> = {}
  for (const [name, { shape }] of Object.entries(inputs)) shapes[name] = shape
  const training = new TrainingPass(net, shapes, { inputDiffs: true })
  if (!training.hasLoss)
    throw new PrelabError("net has no loss", net.name || undefined, {
      hint: "give a top a loss_weight, or load the phase that has one",
    })
  const pass = await training.run(inputs, options)
  const gradients = training.net.layers.flatMap((layer) =>
    layer.blobs.map(({ shape, data }, index) => {
      const parameter = training.parameters.find((each) => each.data === data)!
      return { layer: layer.name, index, shape, data: parameter.diff, computed: training.computes(parameter) }
    }),
  )
  return new Backward(pass, gradients, training.net)
}
