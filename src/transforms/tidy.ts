import { PrelabError } from "../error.js"
import {
  inputLayer,
  type Layer,
  type Message,
  type Net,
  nearest,
  type Shape,
  type Value,
} from "../net/index.js"
import { remember } from "./remembered.js"
import { type RewriteAction, RewriteReport } from "./rewrite-report.js"
import { trimmed } from "./trimmed.js"
import { bypassed, withoutOrigin } from "./wiring.js"

export interface TidyOptions {
  /**
   * The outputs that are wanted, by blob name; all that training did not make unless told. One that other layers read too is computed, but is
   * no output of the net while they are there.
   */
  readonly outputs?: readonly string[]
  /** Shapes of what data layers read from disk, by blob name: they become inputs. */
  readonly inputs?: Readonly<Record<string, Shape>>
}

/** Layers that only training and testing need. */
const training: ReadonlySet<string> = new Set([
  "Accuracy",
  "ContrastiveLoss",
  "EuclideanLoss",
  "HDF5Output",
  "HingeLoss",
  "InfogainLoss",
  "MultinomialLogisticLoss",
  "SigmoidCrossEntropyLoss",
  "SoftmaxWithLoss",
])

/** Layers that read from disk. DummyData computes. */
const reading: ReadonlySet<string> = new Set(["Data", "HDF5Data", "ImageData", "MemoryData", "WindowData"])

/**
 * Makes a net ready for deployment: what no wanted output needs goes (losses, Accuracy, silenced branches, labels), data layers become
 * inputs, Split layers become plain wiring, and of every layer what training alone reads (learning rates, fillers, phase rules). Layers of other
 * phases, which the prototxt still held, go too. No number changes.
 *
 * Without `outputs` every output stays that no training layer made; where a loss read scores that nothing else needs, these scores become an
 * output.
 *
 * @throws PrelabError when the net has no blob of a wanted output's name
 */
export function tidy(net: Net, options: TidyOptions = {}): { net: Net; report: RewriteReport } {
  const actions: RewriteAction[] = []
  const note = ({ name, type }: Layer, action: string, why: string, into?: string) => {
    actions.push({ layer: name, type, action, ...(into === undefined ? {} : { into }), why })
  }
  const wanted = options.outputs ? named(net, options.outputs) : wantedOf(net)
  const needed = neededFor(net, wanted)
  const live = new Set(net.layers.filter(({ tops }) => tops.some((top) => needed.has(top))))
  const layers = net.layers.flatMap((layer) => {
    if (live.has(layer)) return [pruned(net, layer, needed, live, options, note)]
    const hidden =
      layer.type === "Silence"
        ? layer.bottoms.filter((value) => !needed.has(value) && isHeld(net, value, live))
        : []
    if (hidden.length > 0) {
      if (hidden.length < layer.bottoms.length) note(layer, "trimmed", "what else it silenced is gone")
      return [{ ...(hidden.length < layer.bottoms.length ? withoutOrigin(layer) : layer), bottoms: hidden }]
    }
    note(layer, "removed", reasonOf(layer))
    return []
  })
  const straight = withoutSplits(net.with(layers), note)
  const bare = straight.layers.map((layer) => {
    const { layer: now, dropped } = trimmed(straight, layer)
    if (dropped.length > 0) note(layer, "trimmed", `training alone reads ${dropped.join(", ")}`)
    return now
  })
  const { force_backward: _backward, debug_info: _debug, ...message } = net.message
  const same = Object.keys(message).length === Object.keys(net.message).length
  const tidied = straight.with(bare, { files: filesOf(net), ...(same ? {} : { message }) })
  const order = new Map(net.layers.map(({ name }, i) => [name, i]))
  actions.sort((a, b) => order.get(a.layer)! - order.get(b.layer)!)
  const report = new RewriteReport({ name: "Tidy", subject: "layer to tidy" }, actions)
  return { net: remember(tidied, { from: net, rules: [] }), report }
}

type Note = (layer: Layer, action: string, why: string, into?: string) => void

function named(net: Net, names: readonly string[]): Value[] {
  return names.map((name) => {
    const value = net.values.findLast(({ blob }) => blob === name)
    if (value) return value
    const hint = nearest(
      name,
      net.values.map(({ blob }) => blob),
    )
    throw new PrelabError("no such blob", name, hint ? { hint: `did you mean "${hint}"?` } : {})
  })
}

/** The net's outputs but those of training layers, and scores that only training layers read. */
function wantedOf(net: Net): Value[] {
  const outputs = net.outputs.filter(
    (value) => !isTraining(net.producer(value)) && !isSource(net.producer(value)),
  )
  const needed = neededFor(net, outputs)
  const scores = net.layers
    .filter(isTraining)
    .map(({ bottoms }) => bottoms[0]!)
    .filter(
      (value) => !needed.has(value) && !isTraining(net.producer(value)) && !isSource(net.producer(value)),
    )
  return [...outputs, ...new Set(scores)]
}

function isTraining({ type }: Layer): boolean {
  return training.has(type)
}

/** An input or data that nothing reads is no result. */
function isSource({ type }: Layer): boolean {
  return type === "Input" || reading.has(type)
}

function neededFor(net: Net, wanted: readonly Value[]): Set<Value> {
  const needed = new Set(wanted)
  for (const layer of net.layers.toReversed()) {
    if (layer.tops.some((top) => needed.has(top))) for (const bottom of layer.bottoms) needed.add(bottom)
  }
  return needed
}

/** Made by a layer that stays for another of its tops. */
function isHeld(net: Net, value: Value, live: ReadonlySet<Layer>): boolean {
  const layer = net.producer(value)
  return live.has(layer) && !canDrop(layer)
}

/** Types whose tops are independent of each other. */
function canDrop({ type }: Layer): boolean {
  return type === "Split" || type === "Input" || type === "Pooling" || reading.has(type)
}

function reasonOf(layer: Layer): string {
  if (isTraining(layer)) return "it serves training: no output needs it"
  if (layer.type === "Silence") return "what it silenced is gone"
  return "no output needs it"
}

/** A layer that stays, without tops that nothing needs any more; data layers as inputs. */
function pruned(
  net: Net,
  layer: Layer,
  needed: ReadonlySet<Value>,
  live: ReadonlySet<Layer>,
  { inputs = {} }: TidyOptions,
  note: Note,
): Layer {
  const stays = (top: Value) =>
    needed.has(top) || net.consumers(top).some((reader) => live.has(reader) || reader.type === "Silence")
  const tops = canDrop(layer) ? layer.tops.filter((top) => needed.has(top)) : layer.tops
  if (reading.has(layer.type)) {
    const shapes = tops.map((top) =>
      Object.hasOwn(inputs, top.blob) ? inputs[top.blob] : storedShape(layer),
    )
    const missing = tops.find((_, i) => shapes[i] === undefined)
    if (missing) {
      note(layer, "kept", `the shape of ${missing.blob} is not known: it must be told`)
      return layer
    }
    note(layer, "replaced", `its data is given: ${tops.map(({ blob }) => blob).join(", ")}`, layer.name)
    return inputLayer(
      layer.name,
      tops,
      shapes.map((shape) => shape!),
    )
  }
  const idle = layer.tops.filter((top) => !tops.includes(top))
  const loose = tops.find((top) => !stays(top))
  if (loose) note(layer, "kept", `nothing needs its output ${loose.blob}, but ${layer.type} makes it too`)
  if (idle.length === 0) return layer
  note(layer, "trimmed", `nothing needs ${idle.map(({ blob }) => blob).join(", ")}`)
  return { ...withoutOrigin(layer), tops, message: messageFor(layer, tops) }
}

/** An Input states one shape for all tops, or one each. */
function messageFor({ type, tops, message }: Layer, left: readonly Value[]): Message {
  const shapes = ((message.input_param as Message | undefined)?.shape as readonly Message[] | undefined) ?? []
  if (type !== "Input" || shapes.length !== tops.length) return message
  return { ...message, input_param: { shape: shapes.filter((_, i) => left.includes(tops[i]!)) } }
}

/** MemoryData states its shape. */
function storedShape({ type, message }: Layer): Shape | undefined {
  if (type !== "MemoryData") return undefined
  const { batch_size, channels, height, width } = (message.memory_data_param ?? {}) as Record<string, number>
  return [batch_size, channels, height, width].every((extent) => extent !== undefined)
    ? [batch_size!, channels!, height!, width!]
    : undefined
}

function withoutSplits(net: Net, note: Note): Net {
  return net.layers.reduce((now, { name, type }) => {
    const split =
      type === "Split" ? now.layers.find((layer) => layer.name === name && layer.type === type) : undefined
    if (!split) return now
    const rest = bypassed(now, split)
    if (typeof rest === "string") note(split, "kept", rest)
    else note(split, "removed", "Caffe makes copies where several layers read one blob")
    return typeof rest === "string" ? now : rest
  }, net)
}

/** The files without what belongs to other phases. */
function filesOf({ files }: Net): Net["files"] {
  const text = files.text?.().filter(({ is }) => is !== "other layer")
  const model = files.model?.().filter((piece) => piece instanceof Uint8Array || piece.blobs === undefined)
  return { ...files, ...(text ? { text: () => text } : {}), ...(model ? { model: () => model } : {}) }
}
