import { PrelabError } from "../error.js"
import { count } from "./blob.js"
import type { Layer, Message } from "./layer.js"
import { nearest } from "./nearest.js"
import type { NetFiles } from "./net-files.js"
import type { Value } from "./value.js"

export type Phase = "TEST" | "TRAIN"

/** NetState: which include and exclude rules were applied to reach these layers. */
export interface NetState {
  readonly phase: Phase
  readonly level: number
  readonly stages: readonly string[]
}

export interface NetFields {
  readonly name: string
  readonly layers: readonly Layer[]
  readonly state?: NetState
  /** NetParameter's fields beside its name, inputs and layers (`force_backward`, …). */
  readonly message?: Message
  /** What the reader should know: unknown fields that were kept, layers whose weights were missing, … */
  readonly warnings?: readonly string[]
  /** What its files hold beside it. */
  readonly files?: NetFiles
}

/**
 * A net as an immutable value: its layers in running order, wired by SSA values. Nothing here computes; layer types
 * live in `src/layers`, files in `src/caffe`, executions in `src/engines`.
 */
export class Net {
  readonly name: string
  readonly layers: readonly Layer[]
  readonly state: NetState
  readonly message: Message
  readonly warnings: readonly string[]
  readonly files: NetFiles
  readonly #producer = new Map<Value, Layer>()
  readonly #consumers = new Map<Value, Layer[]>()

  /** @throws PrelabError when a bottom is used before any layer produces it, or a value has two producers. */
  constructor({ name, layers, state, message = {}, warnings = [], files = {} }: NetFields) {
    this.name = name
    this.layers = Object.freeze([...layers])
    this.state = state ?? { phase: "TEST", level: 0, stages: [] }
    this.message = message
    this.warnings = warnings
    this.files = files
    for (const layer of this.layers) {
      for (const bottom of layer.bottoms) {
        if (!this.#producer.has(bottom)) throw this.#unknownBottom(layer, bottom)
        // A layer may read the same value twice (Eltwise of x and x): it is one consumer, counted per use.
        this.#consumers.get(bottom)!.push(layer)
      }
      for (const top of layer.tops) {
        if (this.#producer.has(top))
          throw new PrelabError("blob produced twice", `${top.blob} in ${layer.name}`)
        this.#producer.set(top, layer)
        this.#consumers.set(top, [])
      }
    }
  }

  /** The layer that produces a value. */
  producer(value: Value): Layer {
    const layer = this.#producer.get(value)
    if (layer === undefined) throw new PrelabError("no such value in this net", value.blob)
    return layer
  }

  /** The layers that read a value, once per use, in running order. */
  consumers(value: Value): readonly Layer[] {
    return this.#consumers.get(value) ?? []
  }

  has(value: Value): boolean {
    return this.#producer.has(value)
  }

  /** Position among the layers of this phase, Input layers included: the index of `prelab forward --all`. */
  indexOf(layer: Layer): number {
    return this.layers.indexOf(layer)
  }

  /** Every value in running order. */
  get values(): Value[] {
    return [...this.#producer.keys()]
  }

  /** Tops of the Input layers: what a forward pass must be given. */
  get inputs(): Value[] {
    return this.layers.filter((layer) => layer.type === "Input").flatMap((layer) => layer.tops)
  }

  /** Values that nothing consumes, Caffe's output blobs. */
  get outputs(): Value[] {
    return this.values.filter((value) => this.consumers(value).length === 0)
  }

  /** How many parameters the net stores; blobs that several layers share count once. */
  get parameters(): number {
    const blobs = new Set(this.layers.flatMap((layer) => layer.blobs.map((blob) => blob.data)))
    let n = 0
    for (const data of blobs) n += data.length
    return n
  }

  /**
   * The layer of this name.
   * @throws PrelabError with the nearest name when there is none.
   */
  layer(name: string): Layer {
    const layer = this.layers.find((candidate) => candidate.name === name)
    if (layer) return layer
    const hint = nearest(
      name,
      this.layers.map((candidate) => candidate.name),
    )
    throw new PrelabError("no such layer", name, hint ? { hint: `did you mean "${hint}"?` } : {})
  }

  /** The same net with other layers: the only way to edit one. */
  with(layers: readonly Layer[], fields: Partial<NetFields> = {}): Net {
    const { name, state, message, warnings, files } = this
    return new Net({ name, state, message, warnings, files, ...fields, layers })
  }

  /** One line, as text output shows it. */
  toString(): string {
    const n = this.parameters
    return `Net ${this.name || "(unnamed)"}: ${this.layers.length} layers, ${n.toLocaleString("en-US")} parameters, ${this.state.phase}`
  }

  #unknownBottom(layer: Layer, bottom: Value): PrelabError {
    const hint = nearest(
      bottom.blob,
      this.values.map((value) => value.blob),
    )
    return new PrelabError(
      "unknown bottom blob",
      `${bottom.blob} in layer ${layer.name}`,
      hint ? { hint: `did you mean "${hint}"?` } : {},
    )
  }
}

/** Parameters that a layer stores. */
export function parameterCount(layer: Layer): number {
  return layer.blobs.reduce((n, blob) => n + count(blob.shape), 0)
}
