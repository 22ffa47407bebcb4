import { PrelabError } from "../error.js"
import type { NetCalls } from "../layers/index.js"
import { type Blob, formatShape, type Layer, type Net, nearest, type Value } from "../net/index.js"
import { chooseEngine, type Tried, tryOut } from "./auto.js"
import { browser } from "./browser/index.js"
import type { Backend, Engine, EngineChoice, EngineName, Ran } from "./engine.js"
import { feed } from "./feed.js"
import { gpu } from "./gpu/index.js"
import { callsFor } from "./kept-calls.js"
import { type Compiled, KeptPlans } from "./kept-plans.js"
import { onnx } from "./onnx/index.js"
import { isInTraining } from "./parameters.js"
import { reference } from "./reference.js"

export interface ForwardOptions {
  /** `reference` unless told; `auto` is the fastest that is there. */
  readonly engine?: EngineChoice
  /** gpu.js backend; asking for one and getting another is an error. */
  readonly backend?: Backend
  /** Also return every top of every layer; where a layer cannot run, of those that do not depend on it. */
  readonly all?: boolean
}

/** One top right after its layer: an in-place chain has one entry per layer. */
export interface Top {
  readonly index: number
  readonly layer: string
  readonly type: string
  readonly top: string
  readonly blob: Blob
}

/** The blobs of one forward pass, and what computed them. */
export class Forward implements Ran {
  readonly engine: EngineName
  readonly backend: string
  readonly detail: string | undefined
  /** Why it was this engine, where it was asked to be the fastest. */
  readonly why: string | undefined
  /** The net's output blobs by name. */
  readonly outputs: Readonly<Record<string, Blob>>
  /** Every top in running order, when `all` was asked for. */
  readonly tops: readonly Top[]
  /** Why layers did not run, each reason once; empty unless `all` was asked for. */
  readonly problems: readonly PrelabError[]

  constructor(
    ran: Ran,
    outputs: Readonly<Record<string, Blob>>,
    tops: readonly Top[],
    problems: readonly PrelabError[] = [],
    why?: string,
  ) {
    this.engine = ran.engine
    this.backend = ran.backend
    this.detail = ran.detail
    this.outputs = outputs
    this.tops = tops
    this.problems = problems
    this.why = why
  }

  toString(): string {
    const outputs = Object.entries(this.outputs).map(([name, blob]) => `${name} ${formatShape(blob.shape)}`)
    const why = this.why ? `; ${this.why}` : ""
    return `Forward on ${this.engine} (${this.backend}): ${outputs.join(", ")}${why}`
  }
}

function canRun({ problems }: NetCalls, layer: Layer): boolean {
  return layer.type !== "Input" && !problems.has(layer)
}

const engines: Readonly<Record<EngineName, Engine>> = { reference, gpu, onnx, browser }

/** The engine of a name. */
export function engineOf(name: EngineName): Engine {
  if (Object.hasOwn(engines, name)) return engines[name]
  const hint = nearest(String(name), [...Object.keys(engines), "auto"])
  throw new PrelabError("unknown engine", String(name), hint ? { hint: `did you mean "${hint}"?` } : {})
}

/** @throws PrelabError where an engine has no gpu.js backend to choose */
export function checkBackend(engine: EngineChoice, backend: Backend | undefined): void {
  if (backend && engine !== "gpu" && engine !== "browser")
    throw new PrelabError("backend needs engine gpu", backend)
}

const kept = new KeptPlans()

/** A plan on the engine of this name, or on the fastest that can run the net. */
async function compileOn(
  engine: EngineChoice,
  backend: Backend | undefined,
  calls: NetCalls,
  wanted: readonly Value[],
  inputs: ReadonlyMap<Value, Float32Array>,
): Promise<Compiled & Partial<Tried>> {
  checkBackend(engine, backend)
  if (engine !== "auto")
    return { plan: await engineOf(engine).compile(calls, wanted, backend ? { backend } : {}) }
  const { result, why } = await chooseEngine((each) => tryOut(each, calls, wanted, inputs))
  return { ...result, why }
}

/**
 * Runs a net. The net takes the inputs' shapes, whatever its prototxt states.
 *
 * On the engine onnx, and on `auto` where that takes it, passes of one net at one size after another compile
 * it once: the plan has the parameters that the net had then. A net is a value: other parameters are another
 * net (`net.with(layers)`), not other numbers in its arrays. Those of a training pass, which do change, are
 * read anew.
 *
 * @param inputs blobs by input name, C order, float32
 * @throws PrelabError when an input is missing or unknown, a layer cannot run, or the backend asked for is
 * not there
 */
export async function forward(
  net: Net,
  inputs: Readonly<Record<string, Blob>>,
  options: ForwardOptions = {},
): Promise<Forward> {
  const { engine = options.backend ? "gpu" : "reference", backend, all = false } = options
  const calls = callsFor(net, inputs)
  const problems = all ? [...new Set(calls.problems.values())] : []
  const wanted = all ? net.values.filter((value) => canRun(calls, net.producer(value))) : net.outputs
  if (wanted.length === 0 && problems[0]) throw problems[0]
  const key = JSON.stringify([engine, backend, all, net.inputs.map((value) => calls.shapes.get(value))])
  const given = feed(net, inputs)
  // What an engine made of these inputs when it was tried with them: that pass need not run again.
  let tried: Map<Value, Float32Array> | undefined
  const compile = async (): Promise<Compiled> => {
    const { plan, why, results } = await compileOn(engine, backend, calls, wanted, given)
    tried = results
    return { plan, why }
  }
  const run = async ({ plan, why }: Compiled): Promise<Forward> => {
    const copies = all ? [...given].map(([value, data]): [Value, Float32Array] => [value, data.slice()]) : []
    const results = new Map([...copies, ...(tried ?? (await plan.run(given)))])
    const blobOf = (value: Value): Blob => ({ shape: calls.shapes.get(value)!, data: results.get(value)! })
    const outputs = Object.fromEntries(
      net.outputs.filter((value) => results.has(value)).map((value) => [value.blob, blobOf(value)]),
    )
    const tops = all
      ? net.layers.flatMap((layer, index) =>
          layer.tops
            .filter((top) => results.has(top))
            .map((top) => ({ index, layer: layer.name, type: layer.type, top: top.blob, blob: blobOf(top) })),
        )
      : []
    return new Forward(plan, outputs, tops, problems, why)
  }
  // Only onnx's plans wait between passes, and those have copied the parameters.
  const lasts = (engine === "onnx" || engine === "auto") && !isInTraining(net)
  return kept.use(net, key, compile, run, { lasts })
}
