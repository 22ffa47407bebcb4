import { eachMapping, TraceMap } from "@jridgewell/trace-mapping"
import type { Insertion } from "../language/read-cell.js"
import type { Position } from "../positions.js"
import { SourcePositions } from "../run/source-positions.js"

/** A cell, or a file of the reader's, between its compilation and its run. */
export interface CompiledSource {
  /** How frames of the top level are called. */
  label: string
  /** The reader's text. */
  code: string
  /** The file name of the script. */
  url: string
  /** From the script's text to the one that was compiled: version 3, as JSON. */
  map: string
  /** How many lines stood before the reader's text in the one that was compiled. */
  headerLines?: number
  /** What was put into the reader's text. */
  insertions?: readonly Insertion[]
  /** The lines of the script in front of those that the map describes. */
  lineOffset?: number
  /** The source file; a cell has one that is named after the hash of its text. */
  path?: string
}

/** A place as V8 counts, line from 0 and column from 0. */
export interface ScriptPlace {
  lineNumber: number
  columnNumber: number
}

/** Where the script does what a line says. */
export interface LineStart {
  line: number
  /** The place of the leftmost token that the reader wrote. */
  place: ScriptPlace
  /**
   * The place of what the compiler put in front of that, such as the call that takes a cell's last value. V8 stops at
   * either of them: at the call only once its argument is computed, if there is a place inside of that to stop at.
   */
  front: ScriptPlace | undefined
}

const wordPattern = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu

/** A reader's text and the way between it and the script that was made of it. */
export class CellSource {
  readonly #positions: SourcePositions
  readonly #lineOffset: number
  #starts: Map<number, LineStart> | undefined
  #words: Set<string> | undefined

  constructor(
    readonly cell: CompiledSource,
    readonly path: string,
  ) {
    this.#positions = new SourcePositions(cell.code, cell.map, cell.headerLines, cell.insertions)
    this.#lineOffset = cell.lineOffset ?? 0
  }

  /** Where the reader wrote what stands at a place of the script; undefined for what the compiler added. */
  originOf({ lineNumber, columnNumber }: ScriptPlace): Position | undefined {
    const line = lineNumber + 1 - this.#lineOffset
    return line < 1 ? undefined : this.#positions.originOf({ line, column: columnNumber + 1 })
  }

  /** Where the script does what a line of the text says; the next line's start if the line leaves no code. */
  startOf(line: number): LineStart | undefined {
    this.#starts ??= this.#lineStarts()
    return this.#starts.get(Math.min(...[...this.#starts.keys()].filter((candidate) => candidate >= line)))
  }

  /** Where the script does what each line says that leaves code. */
  starts(): Iterable<LineStart> {
    this.#starts ??= this.#lineStarts()
    return this.#starts.values()
  }

  /** Whether the reader wrote this name. Compilers add names of their own, which nobody wants to see. */
  mentions(name: string): boolean {
    this.#words ??= new Set(this.cell.code.match(wordPattern))
    return this.#words.has(name)
  }

  #lineStarts(): Map<number, LineStart> {
    const starts = new Map<number, LineStart & { compiledColumn: number; column: number }>()
    const inserted = new Set(this.cell.insertions?.map(({ text }) => text.length))
    eachMapping(new TraceMap(this.cell.map), (mapping) => {
      const { originalLine, originalColumn: compiledColumn, generatedLine, generatedColumn } = mapping
      const place = { lineNumber: generatedLine - 1 + this.#lineOffset, columnNumber: generatedColumn }
      const origin = originalLine === null ? undefined : this.originOf(place)
      if (!origin || compiledColumn === null) return
      const { line, column } = origin
      const known = starts.get(line)
      if (!known || column < known.column)
        starts.set(line, { line, column, compiledColumn, place, front: undefined })
      else if (column === known.column && inserted.has(compiledColumn - known.compiledColumn))
        starts.set(line, { ...known, place, front: known.front ?? known.place })
    })
    return starts
  }
}
