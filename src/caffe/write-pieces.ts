import type { Layer, Net, TextPiece } from "../net/index.js"
import { messageType } from "./schema.js"
import { quote } from "./tokenizer.js"
import { type BlobNames, isAsRead } from "./untouched.js"
import { layerText, writeText } from "./write-text.js"

/**
 * The text of a net that was read from a prototxt: piece by piece as it was, comments and the layers of other states included. A
 * layer that changed is written anew in its place, a new one behind the layer before it; one that was removed goes.
 */
export function writePieces(net: Net, pieces: readonly TextPiece[], names: BlobNames): string {
  const text = new Text(pieces)
  const { says } = net.files
  const isNamed = says?.name === net.name
  const isStated = says?.message === net.message
  const legacy = pieces.find(({ is }) => is === "input")?.origin
  const inputs = net.layers.find((layer) => legacy !== undefined && layer.origin === legacy)
  const areInputsKept = inputs !== undefined && isAsRead(inputs, names)
  const places = placesOf(net, pieces)
  if (inputs && !areInputsKept) {
    // They stood anywhere and became the first layer.
    const place = pieces.findIndex(({ is }) => is === "input" || is === "layer" || is === "other layer")
    if (pieces[place]!.is === "input") places.set(inputs, place)
  }

  let at = 0
  const copyUpTo = (end: number) => {
    for (; at < end; at++) {
      const { is, text: piece } = pieces[at]!
      const isGone =
        is === "layer" ||
        (is === "input" && !areInputsKept) ||
        (is === "name" && !isNamed) ||
        (is === "field" && !isStated)
      if (isGone) text.drop()
      else text.copy(piece)
    }
  }

  if (!isNamed && net.name) text.insert(`name: ${quote(net.name)}\n`)
  if (!isStated) text.insert(writeText(messageType("NetParameter"), net.message))
  for (const layer of net.layers) {
    if (layer === inputs && areInputsKept) continue
    const place = places.get(layer)
    if (place === undefined || place < at) text.insert(layerText(layer, names))
    else {
      copyUpTo(place)
      at++
      text.replace(layerText(layer, names), isAsRead(layer, names))
    }
  }
  copyUpTo(pieces.length)
  return text.toString()
}

/** Where each layer stands: where it was read from, else where the layer of its name does. */
function placesOf(net: Net, pieces: readonly TextPiece[]): Map<Layer, number> {
  const byOrigin = new Map(pieces.map((piece, i) => [piece.is === "layer" ? piece.origin : piece, i]))
  const places = new Map<Layer, number>()
  for (const layer of net.layers) {
    const place = layer.origin && byOrigin.get(layer.origin)
    if (place !== undefined) places.set(layer, place)
  }
  const taken = new Set(places.values())
  const byName = new Map<string | undefined, number>()
  pieces.forEach(({ is, origin }, i) => {
    if (is === "layer" && !taken.has(i) && !byName.has(origin?.says.name)) byName.set(origin?.says.name, i)
  })
  for (const layer of net.layers) {
    const place = places.has(layer) ? undefined : byName.get(layer.name)
    if (place === undefined) continue
    places.set(layer, place)
    byName.delete(layer.name)
  }
  return places
}

/** A text under way. New parts get the line ends of the old ones. */
class Text {
  readonly #parts: string[] = []
  readonly #lineEnd: string
  /** Whether something went here: the white space before it and behind it are one too many. */
  #isGap = false

  constructor(pieces: readonly TextPiece[]) {
    this.#lineEnd = pieces.some(({ is, text }) => is === "space" && text.includes("\r\n")) ? "\r\n" : "\n"
  }

  copy(text: string): void {
    const isBlank = text.trim() === ""
    if (this.#isGap) {
      const before = this.#parts.at(-1) ?? ""
      const isOneTooMany = isBlank || (!before.includes("\n") && /^\s/.test(text))
      if (before.trim() === "" && isOneTooMany) this.#parts.pop()
      if (isBlank && this.#parts.length === 0) return
    }
    this.#isGap = false
    this.#parts.push(text)
  }

  drop(): void {
    this.#isGap = true
  }

  /** In the place of an old part; the white space around it stays. */
  replace(text: string, isOld: boolean): void {
    this.#isGap = false
    this.#parts.push(isOld ? text.trimEnd() : this.#ended(text.trimEnd()))
  }

  insert(text: string): void {
    if (text === "") return
    const last = this.#parts.at(-1)
    if (last !== undefined && !last.endsWith("\n")) this.#parts.push(this.#lineEnd)
    this.#parts.push(this.#ended(text))
  }

  #ended(text: string): string {
    return this.#lineEnd === "\n" ? text : text.replaceAll("\n", this.#lineEnd)
  }

  toString(): string {
    return this.#parts.join("")
  }
}
