import { PrelabError } from "../error.js"
import type { NetCalls } from "../layers/index.js"
import { count, type Value } from "../net/index.js"
import type { Engine, Plan } from "./engine.js"
import { graphicsHardware } from "./gpu/hardware.js"
import { gpu } from "./gpu/index.js"
import { onnx } from "./onnx/index.js"
import { reference } from "./reference.js"

/** What an engine made of something, and in one line why it was this engine's turn. */
export interface Chosen<T> {
  readonly engine: Engine
  readonly result: T
  readonly why: string
}

/**
 * `engine: "auto"`: gpu where graphics hardware answers, else onnx, else reference; an engine that cannot
 * hold or run the net passes it on to the next, and the line says so.
 *
 * @param tryEngine tries an engine, see `tryOut`; a PrelabError means that it cannot
 * @param findHardware says what graphics hardware there is
 * @throws PrelabError of the reference engine, when not even that can run the net
 */
export async function chooseEngine<T>(
  tryEngine: (engine: Engine) => Promise<T>,
  findHardware: () => Promise<string | undefined> = graphicsHardware,
): Promise<Chosen<T>> {
  const hardware = await findHardware()
  const reasons = [hardware === undefined ? "no graphics hardware answers" : `${hardware} answers`]
  for (const engine of hardware === undefined ? [onnx] : [gpu, onnx]) {
    try {
      return { engine, result: await tryEngine(engine), why: whyOf(engine, reasons) }
    } catch (error) {
      if (!(error instanceof PrelabError)) throw error
      reasons.push(`${engine.name} cannot: ${error.message}`)
    }
  }
  return { engine: reference, result: await tryEngine(reference), why: whyOf(reference, reasons) }
}

/** A plan that has run once. */
export interface Tried {
  readonly plan: Plan
  /** What it made of the inputs that it was tried with. */
  readonly results: Map<Value, Float32Array>
}

/**
 * Compiles a net and runs it: gpu.js, and a device whose memory does not suffice, say only then that they cannot.
 *
 * @param inputs zeros unless told
 */
export async function tryOut(
  engine: Engine,
  calls: NetCalls,
  wanted: readonly Value[],
  inputs: ReadonlyMap<Value, Float32Array> = zeros(calls),
): Promise<Tried> {
  const plan = await engine.compile(calls, wanted)
  try {
    return { plan, results: await plan.run(inputs) }
  } catch (error) {
    await plan.dispose()
    throw error
  }
}

function zeros({ net, shapes }: NetCalls): Map<Value, Float32Array> {
  return new Map(net.inputs.map((value) => [value, new Float32Array(count(shapes.get(value)!))]))
}

function whyOf({ name }: Engine, reasons: readonly string[]): string {
  return `auto took ${name}: ${reasons.join("; ")}`
}
