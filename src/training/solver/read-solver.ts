import { messageType } from "../../caffe/schema.js"
import { type Entry, parseText } from "../../caffe/text-format.js"
import { PrelabError } from "../../error.js"
import { nameOf, readSource, type Source } from "../../formats/source.js"
import { type Message, type Net, nearest } from "../../net/index.js"
import { checkField, checkTogether } from "./check-solver.js"
import { beside, listOf, type SolverNet, SolverNets } from "./solver-nets.js"
import { defaults, type SolverSettings, solverTypes } from "./solver-settings.js"

/** A solver that was read: what it does, with which nets. */
export interface Solver {
  readonly name: string
  readonly settings: SolverSettings
  readonly train: SolverNet
  /** Absent where it names none of its own: the trained net's TEST phase is tested then. */
  readonly test?: SolverNet
  /** Weights to begin with, files by SolverParameter's `weights`. */
  readonly weights: readonly string[]
}

/** SolverParameter's fields as an object, in place of a file; `net` may be a net. */
export type SolverFields = { readonly net: Net | string; readonly [field: string]: unknown }

/**
 * Reads a solver: Caffe's solver prototxt (a path, a URL or its bytes), or the same fields as an object. Paths in it are looked up beside
 * the file, then from the working directory, where Caffe looks.
 *
 * @throws PrelabError with file, line and column for fields that are unknown, not supported, or hold what Caffe refuses
 */
export async function readSolver(source: Source | SolverFields): Promise<Solver> {
  if (!isSource(source)) return fromFields(source)
  const file = nameOf(source)
  const text = Buffer.from(await readSource(source)).toString("utf8")
  try {
    return await parseSolver(text, file)
  } catch (error) {
    throw error instanceof PrelabError && file !== undefined ? error.at({ file }) : error
  }
}

function isSource(source: Source | SolverFields): source is Source {
  return typeof source === "string" || source instanceof URL || source instanceof Uint8Array
}

async function fromFields(fields: SolverFields): Promise<Solver> {
  const known = messageType("SolverParameter").fields
  for (const [field, value] of Object.entries(fields)) {
    if (!Object.hasOwn(known, field)) throw unknownField(field)
    checkField(field, value)
  }
  const { net } = fields
  const message = { ...fields, net: typeof net === "string" ? net : "" }
  const solver = await solverOf(message, [], "", undefined)
  return typeof net === "string" ? solver : { ...solver, train: { ...solver.train, net } }
}

async function parseSolver(text: string, file: string | undefined): Promise<Solver> {
  const { message, entries, unknown } = parseText(messageType("SolverParameter"), text)
  // What an inner net has of its own is that net's affair.
  const stray = unknown.find(({ path }) => !path.includes("."))
  if (stray) throw unknownField(stray.path).at({ line: stray.line, column: stray.column })
  const sofar = new Map<string, unknown[]>()
  for (const { field, value, from } of entries) {
    const values = [...(sofar.get(field) ?? []), value]
    sofar.set(field, values)
    try {
      checkField(field, values.length > 1 ? values : value)
    } catch (error) {
      throw error instanceof PrelabError ? error.at(placeOf(text, from)) : error
    }
  }
  return solverOf(message, entries, text, file)
}

function unknownField(field: string): PrelabError {
  const hint = nearest(field, Object.keys(messageType("SolverParameter").fields))
  return new PrelabError(
    "unknown field in SolverParameter",
    field,
    hint ? { hint: `did you mean "${hint}"?` } : {},
  )
}

async function solverOf(
  message: Message,
  entries: readonly Entry[],
  text: string,
  file: string | undefined,
): Promise<Solver> {
  const settings = settingsOf(message)
  checkTogether(settings)
  const nets = new SolverNets(message, entries, text, file)
  const test = await nets.test()
  const weights = (listOf(message.weights) as string[]).flatMap((paths) => paths.split(","))
  return {
    name: file ?? "solver",
    settings,
    train: await nets.train(),
    ...(test ? { test } : {}),
    weights: await Promise.all(weights.map((path) => beside(path.trim(), file))),
  }
}

/** The message with defaults. `solver_type` is the older spelling of `type`, `test_iter` one number a test net. */
function settingsOf(message: Message): SolverSettings {
  for (const field of ["base_lr", "lr_policy", "max_iter"])
    if (message[field] === undefined) throw new PrelabError("solver field missing", field)
  if (message.type !== undefined && message.solver_type !== undefined)
    throw new PrelabError("type and solver_type together", `${message.type} and ${message.solver_type}`)
  const older = String(message.solver_type ?? "").toLowerCase()
  const type = solverTypes.find((name) => name.toLowerCase() === older)
  const { fields } = messageType("SolverParameter")
  const stated = Object.keys(defaults)
    .concat("base_lr", "lr_policy", "max_iter")
    .filter((field) => message[field] !== undefined)
    .map((field) => {
      const value = message[field]
      return [field, fields[field]!.type === "float" ? Math.fround(Number(value)) : value]
    })
  const seed = Number(message.random_seed ?? -1)
  return {
    ...defaults,
    ...(Object.fromEntries(stated) as Pick<SolverSettings, "base_lr" | "lr_policy" | "max_iter">),
    ...(type ? { type } : {}),
    test_iter: listOf(message.test_iter)[0] as number | undefined,
    random_seed: seed < 0 ? defaults.random_seed : seed,
  }
}

/** 1-based line and column; a tab jumps to the next multiple of eight, as protobuf counts. */
function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n")
  let column = 0
  for (const character of before.at(-1)!)
    column = character === "\t" ? (Math.floor(column / 8) + 1) * 8 : column + 1
  return { line: before.length, column: column + 1 }
}
