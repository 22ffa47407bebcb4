import { fileURLToPath } from "node:url"
import { PrelabError } from "../error.js"
import { nameOf, readSource, type Source } from "../formats/source.js"
import { finishWriting } from "../formats/write-together.js"
import { callsOf, type NetCalls, UnsupportedLayer } from "../layers/index.js"
import type { Net, NetState, Phase } from "../net/index.js"
import { buildNet } from "./build-net.js"
import { type CaffeModel, isHdf5, readCaffeModel } from "./caffemodel.js"
import { copyWeights } from "./copy-weights.js"
import { netOfModel } from "./model-net.js"
import { checkParamSpecs } from "./param-specs.js"
import { repairSlopes } from "./repair-slopes.js"
import { messageType } from "./schema.js"
import { parseText } from "./text-format.js"
import { fetchModel, isZooName, type Progress } from "./zoo.js"

export interface LoadOptions {
  /** Which include and exclude rules apply; TEST by default. */
  readonly phase?: Phase
  readonly level?: number
  readonly stages?: readonly string[]
  /** "slopes": make PReLU slopes fit where caffemodel and prototxt disagree about `channel_shared`; each repair is a warning. */
  readonly repair?: "slopes"
  /** Called while a model is downloaded. */
  readonly progress?: Progress
}

/**
 * Loads a Caffe net: its prototxt, and its weights where a caffemodel is given. A caffemodel alone is a net too: the one it was saved
 * from, with the layers that training had.
 *
 * ```ts
 * const net = await loadNet("det1.prototxt", "det1.caffemodel")   // paths, URLs or bytes
 * const net = await loadNet("snapshot.caffemodel")                // as it was saved
 * const net = await loadNet("zoo:mtcnn/det1")                     // a known public model, checked by SHA-256
 * ```
 *
 * @throws PrelabError with file, line and column when a file is missing, damaged or does not fit the other
 */
export async function loadNet(
  prototxt: Source,
  caffemodel?: Source,
  options: LoadOptions = {},
): Promise<Net> {
  if (isZooName(prototxt)) {
    const files = await fetchModel(prototxt, options.progress)
    return loadNet(files.prototxt, files.caffemodel, options)
  }
  for (const source of [prototxt, caffemodel]) finishSave(source)
  // The weights are read while the prototxt is parsed. Its errors come first; the other's is met where it is awaited.
  const reading = caffemodel === undefined ? undefined : readSource(caffemodel)
  reading?.catch(() => undefined)
  const text = await readSource(prototxt)
  if (caffemodel === undefined && isBinary(text)) {
    return within(prototxt, () => {
      const alone = checked(netOfModel(text, stateOf(options)))
      return fill(alone, readCaffeModel(text, text !== prototxt), options)
    })
  }
  const calls = within(prototxt, () => checked(parseNet(decode(text), options)))
  const weights = await reading
  if (weights === undefined) return calls.net
  const own = weights !== caffemodel
  return within(caffemodel!, () => fill(calls, readCaffeModel(weights, own), options))
}

function fill(calls: NetCalls, model: CaffeModel, { repair }: LoadOptions): Net {
  const fitting = repair === "slopes" ? repairSlopes(calls, model) : { calls, model }
  return copyWeights(fitting.calls, fitting.model)
}

/** A save of these files that was killed half way is finished first: its files belong together. */
function finishSave(source: Source | undefined): void {
  if (source === undefined || source instanceof Uint8Array || /^https?:/.test(String(source))) return
  const path = String(source).startsWith("file:") ? fileURLToPath(source) : String(source)
  finishWriting(path.replace(/\.(prototxt|caffemodel)$/, ""))
}

/** The net of a prototxt's text, without weights. */
export function parseNet(text: string, options: LoadOptions = {}): Net {
  return buildNet(parseText(messageType("NetParameter"), text), text, stateOf(options))
}

function stateOf({ phase = "TEST", level = 0, stages = [] }: LoadOptions): NetState {
  return { phase, level, stages }
}

/**
 * A net whose layers fit together. Layer types that prelab does not know may stay: all before them still runs. Wrong
 * shapes and parameters may not: Caffe would not load them either.
 */
function checked(net: Net): NetCalls {
  const calls = callsOf(net, {}, { weights: "later" })
  for (const [layer, problem] of calls.problems) {
    if (!(problem instanceof UnsupportedLayer)) throw problem.at({ line: layer.origin?.line })
  }
  checkParamSpecs(calls)
  return calls
}

function decode(bytes: Uint8Array): string {
  // A caffemodel in the prototxt's place: say so instead of complaining about a control character.
  if (isBinary(bytes)) {
    throw new PrelabError("binary file where a prototxt is expected", `${bytes.length} bytes`, {
      hint: "are the two files swapped?",
    })
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
}

/** A caffemodel begins with the tag of its name, of a V1 or of a current layer, an HDF5 file with its signature; NUL is in no text. */
function isBinary(bytes: Uint8Array): boolean {
  const starts = bytes[0] === 0x0a || bytes[0] === 0x12 || (bytes[0] === 0xa2 && bytes[1] === 0x06)
  return (starts && bytes.includes(0)) || isHdf5(bytes)
}

/** Names the file in the errors of what is read from it. */
function within<T>(source: Source, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const file = nameOf(source)
    if (error instanceof PrelabError && file !== undefined) throw error.at({ file })
    throw error
  }
}
