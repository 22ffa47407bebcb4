import { PrelabError } from "../error.js"
import type { Engine } from "./engine.js"
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
 * hold the net passes it on to the next, and the line says so.
 *
 * @param compile tries an engine; a PrelabError means that it cannot
 * @param findHardware says what graphics hardware there is
 * @throws PrelabError of the reference engine, when not even that can run the net
 */
export async function chooseEngine<T>(
  compile: (engine: Engine) => Promise<T>,
  findHardware: () => Promise<string | undefined> = graphicsHardware,
): Promise<Chosen<T>> {
  const hardware = await findHardware()
  const reasons = [hardware === undefined ? "no graphics hardware answers" : `${hardware} answers`]
  for (const engine of hardware === undefined ? [onnx] : [gpu, onnx]) {
    try {
      return { engine, result: await compile(engine), why: whyOf(engine, reasons) }
    } catch (error) {
      if (!(error instanceof PrelabError)) throw error
      reasons.push(`${engine.name} cannot: ${error.message}`)
    }
  }
  return { engine: reference, result: await compile(reference), why: whyOf(reference, reasons) }
}

function whyOf({ name }: Engine, reasons: readonly string[]): string {
  return `auto took ${name}: ${reasons.join("; ")}`
}
