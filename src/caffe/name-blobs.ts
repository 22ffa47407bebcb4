import type { Layer, Net, Value } from "../net/index.js"

/**
 * A blob name for every value, such that reading the file back gives the same wiring. A value keeps its own name unless a later layer that is
 * not in place took the name, or something still reads an earlier value of that name: then it gets `name_2`, `name_3`, …
 * Output values go first: their names are the net's interface.
 */
export function nameBlobs(net: Net): Map<Value, string> {
  const names = new Map<Value, string>()
  const taken = new Map<string, Value>()
  const outputs = new Set(net.outputs)
  const reserved = new Set(net.outputs.map((value) => value.blob))
  for (const layer of net.layers) {
    layer.tops.forEach((top, i) => {
      const previous = layer.bottoms[i]
      const inPlace =
        previous !== undefined &&
        names.get(previous) === top.blob &&
        net.consumers(previous).length === 1 &&
        allowsInPlace(layer)
      const free = !taken.has(top.blob) && (!reserved.has(top.blob) || outputs.has(top) || isChain(net, top))
      names.set(top, inPlace || free ? top.blob : unused(top.blob, taken, reserved))
      taken.set(names.get(top)!, top)
    })
  }
  return names
}

/** Does this value's name reach the output of the same name through in-place layers only? */
function isChain(net: Net, value: Value): boolean {
  for (let at: Value | undefined = value; at; ) {
    const readers = net.consumers(at)
    if (readers.length === 0) return true
    const [reader] = readers
    const next: Value | undefined = reader?.tops[reader.bottoms.indexOf(at)]
    if (readers.length !== 1 || !reader || !allowsInPlace(reader) || next?.blob !== value.blob) return false
    at = next
  }
  return false
}

/** Layer types that Caffe computes in place (their documentation or code says so); others overwrite what they still read. */
const inPlaceTypes = new Set([
  "AbsVal",
  "BNLL",
  "BatchNorm",
  "Bias",
  "Clip",
  "Dropout",
  "ELU",
  "Exp",
  "Log",
  "PReLU",
  "Power",
  "ReLU",
  "Scale",
  "Sigmoid",
  "Softmax",
  "Split",
  "Swish",
  "TanH",
  "Threshold",
])

/** A layer that was read from a file may do what it does there: of a fork's types the file knows best. */
function allowsInPlace({ type, origin, bottoms, tops }: Layer): boolean {
  const wasInPlace = origin !== undefined && tops.some((top, i) => top.blob === bottoms[i]?.blob)
  return wasInPlace || inPlaceTypes.has(type)
}

function unused(blob: string, taken: ReadonlyMap<string, Value>, reserved: ReadonlySet<string>): string {
  for (let n = 2; ; n++) {
    const name = `${blob}_${n}`
    if (!taken.has(name) && !reserved.has(name)) return name
  }
}
