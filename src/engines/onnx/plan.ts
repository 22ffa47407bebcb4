import { firstLine, PrelabError } from "../../error.js"
import { encodeModel, type OnnxGraph, type OnnxPort } from "../../formats/onnx/index.js"
import { count, type Value } from "../../net/index.js"
import { checkStop } from "../../stop.js"
import type { Plan } from "../engine.js"
import { givenFor } from "../feed.js"
import { isCrowded } from "./crowd.js"
import type { OnnxRuntime, OnnxSession } from "./runtime.js"

/**
 * A net as a session of onnxruntime. It keeps names and shapes, nothing of the net: that may go while the
 * plan is kept.
 */
export class OnnxPlan implements Plan {
  readonly engine = "onnx"
  readonly mayWait = true
  readonly backend: string
  readonly detail: string
  readonly #runtime: OnnxRuntime
  readonly #session: OnnxSession
  readonly #inputs: readonly OnnxPort[]
  readonly #outputs: readonly OnnxPort[]
  #last: Promise<unknown> = Promise.resolve()

  private constructor(runtime: OnnxRuntime, session: OnnxSession, { inputs, outputs }: OnnxGraph) {
    this.backend = runtime.backend
    this.detail = runtime.detail
    this.#runtime = runtime
    this.#session = session
    this.#inputs = inputs
    this.#outputs = outputs
  }

  /** @throws PrelabError when onnxruntime does not take the graph */
  static async open(runtime: OnnxRuntime, graph: OnnxGraph): Promise<OnnxPlan> {
    // onnxruntime's threads wait in a loop for the next node: where they have the machine to themselves that saves up
    // to half of a short net's time, where others compute it costs as much.
    const spins = !(await isCrowded(runtime.threads))
    const options = {
      executionProviders: [runtime.backend],
      graphOptimizationLevel: "all",
      intraOpNumThreads: runtime.threads,
      extra: { session: { intra_op: { allow_spinning: spins ? "1" : "0" } } },
      // Errors come back as such; the rest is about models that people wrote by hand.
      logSeverityLevel: 4,
    }
    const session = await runtime.api.InferenceSession.create(encodeModel(graph), options).catch(refused)
    return new OnnxPlan(runtime, session, graph)
  }

  run(inputs: ReadonlyMap<Value, Float32Array>): Promise<Map<Value, Float32Array>> {
    const result = this.#last.then(() => this.#run(inputs))
    this.#last = result.catch(() => {}) // the caller of that pass has the error
    return result
  }

  async dispose(): Promise<void> {
    await this.#last
    await this.#session.release()
  }

  async #run(inputs: ReadonlyMap<Value, Float32Array>): Promise<Map<Value, Float32Array>> {
    checkStop()
    const { Tensor } = this.#runtime.api
    const feeds = Object.fromEntries(
      this.#inputs.map(({ value, name, shape }) => {
        return [name, new Tensor("float32", givenFor(inputs, value, count(shape)), shape)]
      }),
    )
    const results = await this.#session.run(feeds).catch(refused)
    checkStop()
    return new Map(this.#outputs.map(({ value, name }) => [value, results[name]!.data as Float32Array]))
  }
}

/** A file of onnxruntime's own source and the function there, which precede what is wrong. */
const PLACE = /\/\S+\.(?:cc|h):\d+ .*?\) (?:const )?/

function refused(cause: unknown): never {
  throw new PrelabError("onnxruntime cannot run this net", firstLine(cause).replace(PLACE, ""), {
    hint: "use the reference engine",
    cause,
  })
}
