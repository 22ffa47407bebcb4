import { PrelabError } from "../error.js"
import { type Displayable, displaySymbol, mimeBundle } from "../kernel/mime-bundle.js"
import type { ChangeHandler, Widget } from "../kernel/widget.js"
import { frontEnd } from "./front-end.js"
import { type PlaygroundState, playgroundDefaults } from "./playground-state.js"
import { describeBatchNorm, describePRelu, playgroundCurves, playgroundTables } from "./playground-words.js"
import { defineWidget } from "./toolkit/index.js"

/** The first lesson: PReLU, and batch norm with its fold, on numbers that the reader moves. Needs no net, and no kernel once it is shown. */
export class Playground implements Displayable {
  readonly widget: Widget<PlaygroundState>

  constructor(state: Partial<PlaygroundState> = {}) {
    checkState(state)
    const kind = defineWidget<PlaygroundState>({
      ...frontEnd("playground"),
      id: "prelab.Playground",
      state: { ...playgroundDefaults, samples: [...playgroundDefaults.samples] },
    })
    this.widget = kind(state)
  }

  /** A value as the reader has it now: `get("slope")`. */
  get<K extends keyof PlaygroundState>(name: K): PlaygroundState[K] {
    return this.widget.get(name)
  }

  /**
   * Moves it on the page too.
   *
   * @throws PrelabError when the value cannot be drawn
   */
  set<K extends keyof PlaygroundState>(name: K, value: PlaygroundState[K]): void {
    checkState({ [name]: value } as unknown as Partial<PlaygroundState>)
    this.widget.set(name, value)
  }

  /** `on("change:slope", (value, previous) => …)`. */
  on(event: string, handler: ChangeHandler): this {
    this.widget.on(event, handler)
    return this
  }

  off(event: string, handler?: ChangeHandler): this {
    this.widget.off(event, handler)
    return this
  }

  close(): void {
    this.widget.close()
  }

  toString(): string {
    const state = this.#state()
    const what = state.lesson === "prelu" ? describePRelu(state.slope, state.x) : describeBatchNorm(state)
    return `Playground. ${what}`
  }

  /** The live view; where there is none, both lessons' numbers as tables, and the open one as a picture. */
  async [displaySymbol]() {
    const { "text/plain": _, ...view } = this.widget[displaySymbol]()
    const state = this.#state()
    const { "image/png": png } = await mimeBundle(playgroundCurves(state))
    return {
      ...view,
      "text/html": playgroundTables(state),
      ...(png ? { "image/png": png } : {}),
      "text/plain": String(this),
    }
  }

  #state(): PlaygroundState {
    const names = Object.keys(playgroundDefaults) as (keyof PlaygroundState)[]
    return Object.fromEntries(
      names.map((name) => [name, this.widget.get(name)]),
    ) as unknown as PlaygroundState
  }
}

/**
 * The playground of PReLU and batch norm: two sliders and a plot for the first lesson, no net needed.
 *
 * ```ts
 * const first = playground({ slope: 0.1 })
 * first                                    // move the slope
 * first.get("slope")                       // what it is now
 * first.on("change:slope", (slope) => console.log(slope))
 * playground({ lesson: "batch-norm" })
 * ```
 *
 * PReLU is He et al. 2015, "Delving deep into rectifiers", equation 1; batch norm Ioffe & Szegedy 2015, in Caffe's two layers BatchNorm and Scale.
 *
 * @param state values to begin with
 * @throws PrelabError when one of them cannot be drawn
 */
export function playground(state: Partial<PlaygroundState> = {}): Playground {
  return new Playground(state)
}

function checkState(state: Partial<PlaygroundState>): void {
  for (const [name, value] of Object.entries(state)) {
    if (!Object.hasOwn(playgroundDefaults, name)) throw new PrelabError("playground has no such value", name)
    const numbers = Array.isArray(value) ? value : typeof value === "number" ? [value] : []
    if (!numbers.every(Number.isFinite))
      throw new PrelabError("playground needs finite numbers", `${name} ${value}`)
  }
  const { samples, eps, factor, lesson } = state
  if (samples && samples.length === 0) throw new PrelabError("playground needs a sample", "none")
  if (eps !== undefined && eps < 0) throw new PrelabError("eps below 0", eps)
  if (factor !== undefined && factor < 0) throw new PrelabError("moving-average factor below 0", factor)
  if (lesson !== undefined && lesson !== "prelu" && lesson !== "batch-norm")
    throw new PrelabError("no such lesson", lesson, { hint: "prelu or batch-norm" })
}
