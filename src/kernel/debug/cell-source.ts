import { eachMapping, GREATEST_LOWER_BOUND, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"

/** A cell between its compilation and its run. */
export interface CompiledCell {
  /** How frames of the cell's top level are called. */
  label: string
  /** The reader's text. */
  code: string
  /** The file name of the cell's script. */
  url: string
  /** From compiled JavaScript to the reader's text: version 3, as JSON. */
  map: string
  /** The lines of the script in front of what the map describes. */
  lineOffset?: number
}

/** A place in a text, line from 1 and column from 1. */
export interface TextPlace {
  line: number
  column: number
}

/** A place as V8 counts, line from 0 and column from 0. */
export interface ScriptPlace {
  lineNumber: number
  columnNumber: number
}

const wordPattern = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu

/** A cell's text and the way between it and the script that was made of it. */
export class CellSource {
  readonly #lineOffset: number
  readonly #map: string
  #trace: TraceMap | undefined
  #starts: Map<number, ScriptPlace> | undefined
  #words: Set<string> | undefined

  constructor(
    readonly cell: CompiledCell,
    readonly path: string,
  ) {
    this.#map = cell.map
    this.#lineOffset = cell.lineOffset ?? 0
  }

  /** Where the reader wrote what stands at a place of the script; undefined for what the compiler added. */
  originOf({ lineNumber, columnNumber }: ScriptPlace): TextPlace | undefined {
    const line = lineNumber + 1 - this.#lineOffset
    if (line < 1) return undefined
    const found = originalPositionFor(this.#traceMap(), {
      line,
      column: columnNumber,
      bias: GREATEST_LOWER_BOUND,
    })
    return found.line === null ? undefined : { line: found.line, column: found.column + 1 }
  }

  /** Where the script does what a line of the text says; the next line's place if the line leaves no code. */
  startOf(line: number): { line: number; place: ScriptPlace } | undefined {
    this.#starts ??= this.#lineStarts()
    const next = Math.min(...[...this.#starts.keys()].filter((candidate) => candidate >= line))
    const place = this.#starts.get(next)
    return place && { line: next, place }
  }

  /** Whether the reader wrote this name. Compilers add names of their own, which nobody wants to see. */
  mentions(name: string): boolean {
    this.#words ??= new Set(this.cell.code.match(wordPattern))
    return this.#words.has(name)
  }

  #traceMap(): TraceMap {
    this.#trace ??= new TraceMap(this.#map)
    return this.#trace
  }

  /** For each line of the text the place in the script of its leftmost token. */
  #lineStarts(): Map<number, ScriptPlace> {
    const leftmost = new Map<number, { column: number; place: ScriptPlace }>()
    eachMapping(this.#traceMap(), ({ originalLine, originalColumn, generatedLine, generatedColumn }) => {
      if (originalLine === null || originalColumn === null) return
      const known = leftmost.get(originalLine)
      if (known && known.column <= originalColumn) return
      const place = { lineNumber: generatedLine - 1 + this.#lineOffset, columnNumber: generatedColumn }
      leftmost.set(originalLine, { column: originalColumn, place })
    })
    return new Map([...leftmost].map(([line, { place }]) => [line, place]))
  }
}
