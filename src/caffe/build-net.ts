import { PrelabError } from "../error.js"
import { type Layer, type Message, makeValue, Net, type NetState, nearest, type Value } from "../net/index.js"
import { isIncluded } from "./rules.js"
import type { Entry, ParsedText } from "./text-format.js"

/** LayerParameter fields that the graph itself holds. */
const wiring = new Set(["name", "type", "bottom", "top", "blobs"])

/**
 * From a parsed prototxt to a net without weights: legacy inputs become one Input layer named "input" (upgrade_proto.cpp,
 * UpgradeNetInput), include and exclude rules pick the layers of this state, blob names become SSA values.
 */
export function buildNet({ message, entries, unknown }: ParsedText, source: string, state: NetState): Net {
  const layers: Layer[] = []
  const latest = new Map<string, Value>()
  const read = new Map<Value, Layer>()
  const legacy = legacyInput(message)
  if (message.layers) {
    throw new PrelabError("prototxt format not supported yet", "V1 layers", {
      hint: "upgrade it with Caffe's upgrade_net_proto_text",
    })
  }
  for (const { message: parameter, entry } of [
    ...(legacy ? [{ message: legacy, entry: undefined }] : []),
    ...entries
      .filter(({ field }) => field === "layer")
      .map((entry) => ({ message: entry.value as Message, entry })),
  ]) {
    try {
      if (!isIncluded(parameter, state)) continue
      layers.push(wire(parameter, entry, source, latest, read))
    } catch (error) {
      if (error instanceof PrelabError && entry) throw error.at({ line: entry.line })
      throw error
    }
  }
  const warnings = unknown.map(({ path, line }) => `unknown field ${path} kept (line ${line})`)
  const {
    name = "",
    layer: _layer,
    input: _input,
    input_dim: _dim,
    input_shape: _shape,
    state: _state,
    ...rest
  } = message
  return new Net({ name: String(name), layers, state, message: rest, warnings })
}

/** The `input`, `input_shape` and `input_dim` fields as one Input layer. */
function legacyInput(message: Message): Message | undefined {
  const top = (message.input as string[] | undefined) ?? []
  if (top.length === 0) return undefined
  const dims = (message.input_dim as number[] | undefined) ?? []
  const given = (message.input_shape as Message[] | undefined) ?? []
  const shape = given.length > 0 ? given : top.map((_, i) => ({ dim: dims.slice(4 * i, 4 * i + 4) }))
  if (given.length > 0 && dims.length > 0)
    throw new PrelabError("input_shape and input_dim together", top.join(", "))
  if (given.length === 0 && dims.length !== 4 * top.length) {
    throw new PrelabError("input_dim needs four values per input", `${dims.length} for ${top.length} inputs`)
  }
  if (given.length > 0 && given.length !== top.length) {
    throw new PrelabError("one input_shape per input", `${given.length} for ${top.length} inputs`)
  }
  return { name: "input", type: "Input", top, input_param: { shape } }
}

function wire(
  parameter: Message,
  entry: Entry | undefined,
  source: string,
  latest: Map<string, Value>,
  read: Map<Value, Layer>,
): Layer {
  const {
    name = "",
    type = "",
    bottom = [],
    top = [],
  } = parameter as {
    name?: string
    type?: string
    bottom?: string[]
    top?: string[]
  }
  if (type === "") throw new PrelabError("layer without a type", name)
  const bottoms = bottom.map((blob) => latest.get(blob) ?? unknownBottom(blob, name, latest))
  const earlier = bottoms.map((value) => read.get(value))
  const tops = top.map((blob, i) => {
    const known = latest.get(blob)
    const inPlace = bottom[i] === blob
    // net.cpp, AppendTop. A Split stands before every blob with several consumers, so only its one reader may overwrite it.
    if (known && (!inPlace || earlier[i])) {
      const reader = earlier[i]
      const other = reader
        ? `${blob}, read by ${reader.name} and overwritten by ${name}`
        : `${blob}, again in ${name}`
      throw new PrelabError("blob produced by multiple layers", other)
    }
    return makeValue(blob)
  })
  const layer: Layer = {
    name,
    type,
    bottoms,
    tops,
    message: Object.fromEntries(Object.entries(parameter).filter(([field]) => !wiring.has(field))),
    blobs: [],
    ...(entry
      ? {
          origin: {
            text: source.slice(entry.from, entry.to),
            line: entry.line,
            unknown: entry.unknown.map(({ path }) => path),
          },
        }
      : {}),
  }
  for (const value of bottoms) read.set(value, layer)
  top.forEach((blob, i) => {
    latest.set(blob, tops[i]!)
  })
  return layer
}

function unknownBottom(blob: string, layer: string, latest: Map<string, Value>): never {
  const hint = nearest(blob, latest.keys())
  throw new PrelabError(
    "unknown bottom blob",
    `${blob} in layer ${layer}`,
    hint ? { hint: `did you mean "${hint}"?` } : {},
  )
}
