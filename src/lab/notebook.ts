import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { PrelabError } from "../error.js"
import { writeFileAtomic } from "../formats/write-file.js"

/** A mime bundle as it stands in a notebook. */
export type Data = Record<string, unknown>

export type Output =
  | { output_type: "stream"; name: string; text: string }
  | { output_type: "display_data"; data: Data; metadata: Data }
  | { output_type: "execute_result"; data: Data; metadata: Data; execution_count: number | null }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] }

export interface Cell {
  id: string
  cell_type: "code" | "markdown" | "raw"
  source: string
  metadata: Data
  attachments?: Record<string, Data>
}

export interface CodeCell extends Cell {
  cell_type: "code"
  execution_count: number | null
  outputs: Output[]
}

/** A notebook in format 4.5, its texts as whole strings. */
export interface Notebook {
  cells: Cell[]
  metadata: Data
  nbformat: number
  nbformat_minor: number
}

export function isCode(cell: Cell): cell is CodeCell {
  return cell.cell_type === "code"
}

export function newCodeCell(id: string, source: string, metadata: Data = {}): CodeCell {
  return { id, cell_type: "code", source, metadata, execution_count: null, outputs: [] }
}

export function tagsOf(cell: Cell): string[] {
  const { tags } = cell.metadata
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : []
}

/** Reads a notebook of format 4. Throws a PrelabError for anything else. */
export async function readNotebook(file: string): Promise<Notebook> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new PrelabError("notebook not readable", file, { cause })
  })
  let value: Notebook
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PrelabError("notebook is not JSON", file, { cause })
  }
  if (!Array.isArray(value?.cells)) throw new PrelabError("file is not a notebook", file)
  if (value.nbformat !== 4) throw new PrelabError("notebook format is not 4", value.nbformat, { file })
  const cells = value.cells.map((cell, index) => readCell(cell, index))
  return {
    cells,
    metadata: value.metadata ?? {},
    nbformat: 4,
    nbformat_minor: Math.max(5, value.nbformat_minor),
  }
}

function readCell(cell: Cell, index: number): Cell {
  const source = joined(cell.source)
  const read = {
    ...cell,
    id: cell.id ?? cellId(`${index}\0${source}`),
    source,
    metadata: cell.metadata ?? {},
  }
  if (isCode(read)) read.outputs = (read.outputs ?? []).map(readOutput)
  return read
}

function readOutput(output: Output): Output {
  if (output.output_type === "stream") return { ...output, text: joined(output.text) }
  if (output.output_type === "error") return output
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    isJson(mime) ? value : joined(value),
  ])
  return { ...output, data: Object.fromEntries(data) }
}

/** An id for a cell of an older notebook: the same each time the same notebook is read. */
export function cellId(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8)
}

/** Writes a notebook as Jupyter does: sorted keys, an indent of one, texts as lists of lines. */
export async function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cell.source),
    ...(isCode(cell) ? { outputs: cell.outputs.map(writtenOutput) } : {}),
  }))
  await writeFileAtomic(file, `${JSON.stringify(sorted({ ...notebook, cells }), undefined, 1)}\n`)
}

function writtenOutput(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: lines(output.text) }
  if (output.output_type === "error") return output
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    typeof value === "string" && isText(mime) ? lines(value) : value,
  ])
  return { ...output, data: Object.fromEntries(data) }
}

function isJson(mime: string): boolean {
  return mime === "application/json" || /^application\/.*\+json$/.test(mime)
}

function isText(mime: string): boolean {
  return mime.startsWith("text/") || mime === "application/javascript" || mime === "image/svg+xml"
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "")
}

/** Lines with their ends. */
function lines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|[\r\n]|$)/g)!.filter(Boolean)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== "object") return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]),
  )
}
