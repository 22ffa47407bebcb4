import type { Value } from "../../net/index.js"
import { givenFor } from "../feed.js"
import type { Program } from "./program.js"
import type { Written } from "./write-plan.js"

/**
 * A program's values as a written plan numbers them: inputs in order, results by the step that computes them.
 */
export class ProgramValues {
  readonly #program: Program
  readonly #written: Written

  constructor(program: Program, written: Written) {
    this.#program = program
    this.#written = written
  }

  /** The plan's inputs, each of the size that the plan was written for. */
  inputs(given: ReadonlyMap<Value, Float32Array>): Float32Array[] {
    return this.#program.inputs.map(({ value, size }) => {
      return givenFor(given, value, size)
    })
  }

  /**
   * Every wanted value.
   *
   * @param inputs what the plan was given
   * @param results what it gave, one array per kernel of the written plan's `results`
   */
  results(inputs: readonly Float32Array[], results: readonly Float32Array[]): Map<Value, Float32Array> {
    const { plan } = this.#written
    const read = new Map(plan.results.map((kernel, i) => [kernel, results[i]!]))
    return new Map(
      [...this.#program.results].map(([value, { source }]) => {
        if ("step" in source) return [value, read.get(source.step)!]
        return [value, "input" in source ? inputs[source.input]!.slice() : source.data]
      }),
    )
  }
}
