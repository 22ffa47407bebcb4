import type { Backend, Engine, Plan, Ran } from "../engines/engine.js"
import { PrelabError } from "../error.js"
import { callsOf, type NetCalls } from "../layers/index.js"
import { inputLayer, type Layer, Net, type Value } from "../net/index.js"
import type { Shared } from "./correspond.js"
import type { Piece } from "./pieces.js"

/** An engine that was asked for, and the backend if one was. */
export interface Asked {
  readonly engine: Engine
  readonly backend?: Backend | undefined
}

/** What the two nets run on, each on its own; undefined is the reference engine, which is there anyway. */
export interface Sides {
  readonly a: Asked | undefined
  readonly b: Asked | undefined
  /**
   * Two engines were asked for, and are held against each other; else one, and both nets on it against the
   * reference.
   */
  readonly apart: boolean
}

/** Compiles, and makes sure that what answers is what was asked for. */
export async function compileAsked(
  { engine, backend }: Asked,
  calls: NetCalls,
  wanted: readonly Value[],
): Promise<Plan> {
  const plan = await engine.compile(calls, wanted, backend ? { backend } : {})
  if (plan.engine === engine.name && (backend === undefined || plan.backend === backend)) return plan
  await plan.dispose()
  const asked = backend ? `${engine.name} (${backend})` : engine.name
  throw new PrelabError("another engine answered", `${plan.engine} (${plan.backend})`, {
    hint: `asked for ${asked}`,
  })
}

/** Both sides of a piece on their engines: two small nets whose inputs are the piece's bottoms. */
export class EnginePiece {
  readonly #piece: Piece
  /**
   * Absent on the reference engine, and where both sides are the same layers on the same engine: one run says
   * all.
   */
  readonly #a: Plan | undefined
  readonly #b: Plan | undefined

  private constructor(piece: Piece, a: Plan | undefined, b: Plan | undefined) {
    this.#piece = piece
    this.#a = a
    this.#b = b
  }

  static async compile(
    sides: Sides,
    a: NetCalls,
    b: NetCalls,
    piece: Piece,
    identical: boolean,
  ): Promise<EnginePiece> {
    const { bottoms, targets, layersA, layersB } = piece
    const compile = (
      side: "a" | "b",
      calls: NetCalls,
      layers: readonly Layer[],
      asked: Asked | undefined,
    ) => {
      const ends = (pairs: readonly Shared[]) => pairs.map((pair) => pair[side])
      return asked && compileAsked(asked, subnet(calls, ends(bottoms), layers), ends(targets))
    }
    const planB = await compile("b", b, layersB, sides.b)
    try {
      const askedA = identical && !sides.apart ? undefined : sides.a
      return new EnginePiece(piece, await compile("a", a, layersA, askedA), planB)
    } catch (error) {
      await planB?.dispose()
      throw error
    }
  }

  /** What each side runs on; undefined for the reference engine. */
  get ran(): { a: Ran | undefined; b: Ran | undefined } {
    return { a: this.#a, b: this.#b }
  }

  /** The targets as the engines compute them, in their order, from net a's stored bottoms. */
  async run(given: ReadonlyMap<Value, Float32Array>): Promise<{ a?: Float32Array[]; b?: Float32Array[] }> {
    const { bottoms, targets } = this.#piece
    const b = await this.#b?.run(new Map(bottoms.map((pair) => [pair.b, given.get(pair.a)!])))
    const a = await this.#a?.run(given)
    return {
      ...(a ? { a: targets.map((pair) => a.get(pair.a)!) } : {}),
      ...(b ? { b: targets.map((pair) => b.get(pair.b)!) } : {}),
    }
  }

  async dispose(): Promise<void> {
    await this.#a?.dispose()
    await this.#b?.dispose()
  }
}

/** Some layers of a net as a net of their own, on the same values: one Input layer for each bottom. */
function subnet({ net, shapes }: NetCalls, bottoms: readonly Value[], layers: readonly Layer[]): NetCalls {
  const inputs = bottoms.map((value) => inputLayer(value.blob, [value], [shapes.get(value)!]))
  return callsOf(new Net({ name: net.name, state: net.state, layers: [...inputs, ...layers] }))
}
