import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Entry } from "../../caffe/text-format.js"
import { PrelabError } from "../../error.js"
import { isThere } from "../../formats/is-there.js"
import type { Source } from "../../formats/source.js"
import type { Message, Net } from "../../net/index.js"

/** Which layers of a prototxt a solver wants beside those of the phase. */
export interface SolverNetState {
  readonly level?: number
  readonly stages?: readonly string[]
}

/** A net that a solver names: a file, its bytes, or a net that is there already. */
export interface SolverNet {
  readonly net: Source | Net
  /** What messages call it, where `net` is bytes. */
  readonly file?: string
  readonly state: SolverNetState
}

/** The fields that name nets: files, or nets written out in the solver itself. */
export class SolverNets {
  readonly #message: Message
  readonly #entries: readonly Entry[]
  readonly #text: string
  readonly #file: string | undefined

  constructor(message: Message, entries: readonly Entry[], text: string, file: string | undefined) {
    this.#message = message
    this.#entries = entries
    this.#text = text
    this.#file = file
  }

  async train(): Promise<SolverNet> {
    const given = ["net", "net_param", "train_net", "train_net_param"].filter(
      (field) => this.#message[field] !== undefined,
    )
    if (given.length !== 1)
      throw new PrelabError("one train net needed", given.length === 0 ? "none" : given.join(" and "))
    return this.#net(given[0]!, this.#message.train_state)
  }

  async test(): Promise<SolverNet | undefined> {
    const given = ["test_net_param", "test_net"].filter((field) => listOf(this.#message[field]).length > 0)
    const states = listOf(this.#message.test_state)
    if (given.length === 0) {
      const shared = ["net", "net_param"].find((field) => this.#message[field] !== undefined)
      return shared && states[0] ? this.#net(shared, states[0]) : undefined
    }
    return this.#net(given[0]!, states[0])
  }

  async #net(field: string, state: unknown): Promise<SolverNet> {
    const { level, stage } = (state ?? {}) as { level?: number; stage?: readonly string[] }
    const own = { ...(level === undefined ? {} : { level }), ...(stage ? { stages: stage } : {}) }
    const [value] = listOf(this.#message[field])
    if (typeof value === "string") return { net: await beside(value, this.#file), state: own }
    const { from, to } = this.#entries.find((entry) => entry.field === field)!
    return {
      net: Buffer.from(inner(this.#text, from, to)),
      ...(this.#file === undefined ? {} : { file: this.#file }),
      state: own,
    }
  }
}

/** What stands between the braces of a field, on its own lines. */
function inner(text: string, from: number, to: number): string {
  const field = text.slice(from, to)
  const open = field.search(/[{<]/)
  const close = Math.max(field.lastIndexOf("}"), field.lastIndexOf(">"))
  const lines = text.slice(0, from + open).split("\n").length - 1
  return "\n".repeat(lines) + field.slice(open + 1, close)
}

/** A path from the solver's folder where such a file is, else as it stands. */
export async function beside(path: string, file: string | undefined): Promise<string> {
  if (file === undefined || /^https?:/.test(file)) return path
  const folder = dirname(file.startsWith("file:") ? fileURLToPath(file) : file)
  const there = resolve(folder, path)
  return (await isThere(there)) ? there : path
}

/** A repeated field's values. */
export function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
