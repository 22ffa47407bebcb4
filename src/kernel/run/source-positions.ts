import { LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"
import type { Insertion } from "../language/read-cell.js"
import type { WrittenNames } from "../language/written-names.js"
import type { Position } from "../positions.js"

/** A compiled text and where it came from; lines and columns count from 1. */
export class SourcePositions {
  #trace: TraceMap | undefined

  /**
   * @param source the reader's own text
   * @param map from the compiled text to the one that was compiled, JSON of a source map
   * @param headerLines how many lines stood before the reader's text in that one
   * @param insertions what was put into the reader's text
   * @param names what the compiled text calls by others than the reader
   */
  constructor(
    readonly source: string,
    readonly map: string,
    readonly headerLines = 0,
    readonly insertions: readonly Insertion[] = [],
    readonly names: WrittenNames = [],
  ) {}

  /** The source place of a compiled one; undefined where nothing nearby comes from the source. */
  originOf({ line, column }: Position): Position | undefined {
    this.#trace ??= new TraceMap(this.map)
    const needle = { line, column: column - 1 }
    const left = originalPositionFor(this.#trace, needle)
    const found =
      left.line === null ? originalPositionFor(this.#trace, { ...needle, bias: LEAST_UPPER_BOUND }) : left
    if (found.line === null) return undefined
    return this.#inSource(found.line - 1, found.column)
  }

  #inSource(line: number, column: number): Position | undefined {
    const own = line - this.headerLines
    if (own < 0) return undefined
    const start = compiledLineStart(this.source, own)
    // Walks over what was put into this line before the place.
    let at = column
    for (const insertion of this.insertions) {
      if (insertion.at < start) continue
      if (insertion.at - start >= at) break
      at = Math.max(insertion.at - start, at - insertion.text.length)
    }
    const before = this.source.slice(0, calleeStart(this.source, start + at)).split("\n")
    return { line: before.length, column: before.at(-1)!.length + 1 }
  }
}

/** A call of an imported name is compiled to `(0, m.f)(x)`, whose place is the bracket: the name is better. */
function calleeStart(text: string, offset: number): number {
  if (text[offset] !== "(") return offset
  const name = /[\p{L}\p{N}_$]*$/u.exec(text.slice(0, offset))![0]
  return offset - name.length
}

/** Where a line begins as ECMAScript counts them: U+2028 in a text ends one, which no editor shows. */
function compiledLineStart(text: string, line: number): number {
  if (line === 0) return 0
  let count = 0
  for (const { 0: end, index } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g))
    if (++count === line) return index + end.length
  return text.length
}
