import { chooseEngine, tryOut } from "../engines/auto.js"
import type { Backend, Engine, EngineChoice, EngineName } from "../engines/engine.js"
import { feed } from "../engines/feed.js"
import { checkBackend, engineOf } from "../engines/forward.js"
import { PrelabError } from "../error.js"
import { callsOf, type InputShapes, type NetCalls } from "../layers/index.js"
import type { Blob, Net, Value } from "../net/index.js"
import { checkStop } from "../stop.js"
import { rulesBetween } from "../transforms/index.js"
import { type CertificateEntry, type Claim, certify } from "./certificate.js"
import { Comparison, certificateOf } from "./comparison.js"
import { sharedValues } from "./correspond.js"
import { compareOutputs } from "./end-to-end.js"
import type { Asked, Sides } from "./engine-piece.js"
import { namesMismatch, shapesMismatch } from "./interface.js"
import { cut } from "./pieces.js"
import { isLarge, probesFor } from "./probes.js"
import { type Feed, SegmentWalk } from "./segments.js"
import type { Segment } from "./tally.js"
import { upTo } from "./up-to.js"

/** An engine, alone or with the gpu.js backend that it has to run on. */
export type SideChoice = EngineChoice | { readonly engine: EngineName; readonly backend: Backend }

export interface CompareProgress {
  readonly stage: "segments" | "end to end"
  readonly done: number
  readonly total: number
  /** The layer that was just compared. */
  readonly layer?: string
}

export interface CompareOptions {
  /** What both nets run on; the reference engine stands beside it. */
  readonly engine?: EngineChoice
  /** gpu.js backend; asking for one and getting another is an error. */
  readonly backend?: Backend
  /** Instead of `engine`: what the first net runs on and what the second, held against each other. */
  readonly engines?: readonly [SideChoice, SideChoice]
  /** The reader's own data by input name: one more probe, and the shapes of all others. */
  readonly inputs?: Readonly<Record<string, Blob>>
  /** Seeds of the probes and of the rounding floor. */
  readonly seeds?: readonly number[]
  /**
   * What a transform says it did; the transforms of prelab remember it. Every claim must then be derived
   * again to within one rounding.
   */
  readonly report?: { readonly rules: readonly Claim[] }
  /**
   * Compare these outputs alone, and of both nets only what they need; all outputs unless told. For nets made
   * from training nets.
   */
  readonly outputs?: readonly string[]
  readonly onProgress?: (progress: CompareProgress) => void
}

/**
 * Do two nets compute the same, up to rounding? On three legs: a certificate of their parameters, their
 * pieces between shared blobs against running rounding bounds, and their outputs next to the difference that
 * rounding alone makes.
 *
 * ```ts
 * const { net: folded, report } = foldBatchNorm(net)
 * await compareNets(net, folded, { engine: "gpu", report })
 * await compareNets(net, net, { engines: ["reference", "browser"] })   // two engines on one net
 * ```
 *
 * @throws PrelabError when a layer of either net cannot run, an input is wrong, or another engine answers
 * than the one asked for
 */
export async function compareNets(a: Net, b: Net, options: CompareOptions = {}): Promise<Comparison> {
  const { outputs: wanted } = options
  if (wanted) {
    const { outputs: _outputs, ...rest } = options
    const report = options.report ?? { rules: rulesBetween(a, b) }
    const shapesOf = (net: Net) => new Map([...callsOf(net).shapes].map(([{ blob }, shape]) => [blob, shape]))
    const [first, second] = [upTo(a, wanted, shapesOf(b), b), upTo(b, wanted, shapesOf(a), a)]
    return compareNets(first, second, { ...rest, report })
  }
  const { inputs = {}, seeds = [1, 2], report, onProgress } = options
  const asked = askedOf(options)
  const told = asked.b.engine === "auto" ? "reference" : engineOf(asked.b.engine).name
  const callsA = runnable(
    a,
    mapValues(inputs, ({ shape }) => shape),
  )
  const names = namesMismatch(a, b)
  if (names) return unlike(told, names)
  const shapes = Object.fromEntries(a.inputs.map((value) => [value.blob, callsA.shapes.get(value)!]))
  const callsB = runnable(b, shapes)
  const outputs = shapesMismatch(callsA, callsB)
  if (outputs) return unlike(told, outputs)
  // Nothing is awaited where nothing has to be: up to the first await a Stop ends synchronous work at once.
  const isOpen = asked.a.engine === "auto" || asked.b.engine === "auto"
  const fastest = isOpen ? await fastestFor([callsA, callsB]) : undefined
  const [sideA, sideB] = [asked.a, asked.b].map((choice) => sideOf(choice, fastest?.engine))
  const sides: Sides = { a: sideA, b: sideB, apart: asked.apart }
  const name = sides.b?.engine.name ?? "reference"

  const large = isLarge(callsA)
  const own = Object.keys(inputs).length > 0 ? [{ name: "given", inputs }] : []
  const probes = [...own, ...probesFor(shapes, large, seeds[0] ?? 1)]
  const feeds = probes.map((probe): Feed => ({ probe: probe.name, given: feed(a, probe.inputs) }))
  const pieces = cut(a, b, await sharedValues(callsA, callsB, feeds[0]!.given))
  const walk = new SegmentWalk(callsA, callsB, pieces, feeds, sides)
  const claims: readonly Claim[] = report?.rules ?? rulesBetween(a, b)
  const entries: CertificateEntry[] = []
  const segments: Segment[] = []
  for (const [done, piece] of pieces.entries()) {
    const certified = certify(callsA, callsB, piece, claims)
    entries.push(certified.entry)
    segments.push(...(await walk.compare(piece, certified)))
    onProgress?.({
      stage: "segments",
      done: done + 1,
      total: pieces.length,
      layer: piece.layersA.at(-1)!.name,
    })
    await new Promise(setImmediate)
    checkStop()
  }
  const whole = large ? feeds.slice(0, 1) : feeds
  const exact = (output: Value) => walk.output(output)
  const ends = await compareOutputs(callsA, callsB, whole, exact, sides, seeds, async (done) => {
    onProgress?.({ stage: "end to end", done, total: whole.length })
    await new Promise(setImmediate)
    checkStop()
  })
  return new Comparison({
    engine: name,
    backend: ends.b.backend,
    engineWhy: fastest?.why,
    ...(sides.apart ? { against: ends.a } : {}),
    probes: feeds.map(({ probe }) => probe),
    certificate: certificateOf(entries),
    segments,
    endToEnd: ends.endToEnd,
  })
}

/** The fastest engine that can run both nets, and why it is that one. */
function fastestFor(nets: readonly NetCalls[]) {
  return chooseEngine(async (engine) => {
    for (const calls of nets) await (await tryOut(engine, calls, calls.net.outputs)).plan.dispose()
  })
}

interface Choice {
  readonly engine: EngineChoice
  readonly backend?: Backend | undefined
}

/** What the two nets are to run on; `apart` where they are to be held against each other. */
function askedOf({ engine, backend, engines }: CompareOptions): { a: Choice; b: Choice; apart: boolean } {
  if (!engines) {
    const both: Choice = { engine: engine ?? (backend ? "gpu" : "reference"), backend }
    checkBackend(both.engine, backend)
    return { a: both, b: both, apart: false }
  }
  if (engine || backend) {
    throw new PrelabError("engine asked for twice", engine ?? backend, {
      hint: "give engines alone, each with its backend: { engine, backend }",
    })
  }
  const [a, b] = engines.map((side): Choice => (typeof side === "string" ? { engine: side } : side))
  for (const side of [a!, b!]) checkBackend(side.engine, side.backend)
  return { a: a!, b: b!, apart: true }
}

function sideOf({ engine, backend }: Choice, fastest: Engine | undefined): Asked | undefined {
  const found = engine === "auto" ? fastest! : engineOf(engine)
  return found.name === "reference" ? undefined : { engine: found, backend }
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

function unlike(engine: EngineName, mismatch: string): Comparison {
  const nothing = { probes: [], segments: [], endToEnd: [], certificate: certificateOf([]) }
  return new Comparison({ engine, backend: "nothing ran", ...nothing, mismatch })
}

function runnable(net: Net, shapes: InputShapes): NetCalls {
  const calls = callsOf(net, shapes)
  const [problem] = calls.problems.values()
  if (problem) throw problem
  return calls
}
