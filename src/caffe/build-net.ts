import { PrelabError } from "../error.js"
import {
  type Layer,
  type Message,
  makeValue,
  Net,
  type NetState,
  nearest,
  once,
  type TextPiece,
  type Value,
} from "../net/index.js"
import { fieldWarnings } from "./field-warnings.js"
import { isIncluded } from "./rules.js"
import type { ParsedText } from "./text-format.js"
import { textPieces } from "./text-pieces.js"
import { type FileLayer, onLine } from "./upgrade/file-layer.js"
import { upgradeNet } from "./upgrade/upgrade-net.js"
import { writeLayerText } from "./write-text.js"

/** LayerParameter fields that the graph itself holds. */
const wiring = new Set(["name", "type", "bottom", "top", "blobs"])

/**
 * From a parsed prototxt to a net without weights: older formats are upgraded, include and exclude rules pick the layers of
 * this state, blob names become SSA values.
 */
export function buildNet({ message, entries, unknown }: ParsedText, source: string, state: NetState): Net {
  const fileLayers = (name: string): FileLayer[] =>
    entries
      .filter(({ field }) => field === name)
      .map((entry, i, all) => {
        // A list, `layer: [{ ... }, { ... }]`, is one stretch of text for several layers.
        const isShared = all[i - 1]?.from === entry.from || all[i + 1]?.from === entry.from
        return { message: entry.value as Message, entry, upgraded: isShared }
      })
  const upgraded = upgradeNet(message, fileLayers("layer"), fileLayers("layers"))
  // The one layer that stands nowhere is that of the legacy inputs.
  const inputs = entries.find(({ field }) => field === "input")
  const layers = upgraded.layers.map((layer) =>
    layer.entry || !inputs ? layer : { ...layer, entry: inputs, upgraded: true },
  )
  const warnings = fieldWarnings(unknown)
  const pieces = (net: Net) => textPieces(source, entries, layers, net)
  return wireNet(message, layers, state, [...warnings, ...upgraded.warnings], { source, pieces })
}

/** The net of layers in the current format: those of this state, wired. */
export function wireNet(
  message: Message,
  fileLayers: readonly FileLayer[],
  state: NetState,
  warnings: readonly string[],
  text?: { readonly source: string; readonly pieces: (net: Net) => readonly TextPiece[] },
): Net {
  const latest = new Map<string, Value>()
  const read = new Map<Value, Layer>()
  const layers = fileLayers.flatMap((layer) =>
    onLine(layer, () =>
      isIncluded(layer.message, state) ? [wire(layer, text?.source ?? "", latest, read)] : [],
    ),
  )
  const {
    name = "",
    layer: _layer,
    layers: _layers,
    input: _input,
    input_dim: _dim,
    input_shape: _shape,
    state: _state,
    ...rest
  } = message
  const fields = { name: String(name), layers, state, message: rest, warnings }
  if (!text) return new Net(fields)
  const says = { name: fields.name, message: rest }
  const net: Net = new Net({ ...fields, files: { text: once(() => text.pieces(net)), says } })
  return net
}

function wire(
  { message: parameter, entry, upgraded }: FileLayer,
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
  const message = Object.fromEntries(Object.entries(parameter).filter(([field]) => !wiring.has(field)))
  const layer: Layer = {
    name,
    type,
    bottoms,
    tops,
    message,
    blobs: [],
    ...(entry
      ? {
          origin: {
            text: upgraded ? writeLayerText(parameter) : source.slice(entry.from, entry.to),
            line: entry.line,
            unknown: entry.unknown.map(({ path }) => path),
            says: { name, type, message },
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
