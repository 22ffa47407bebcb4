import { type PlaygroundState, playgroundDefaults } from "../../src/widgets/playground-state.js"
import type { Model as ModelOf } from "../shared/model.js"

export type Model = ModelOf<PlaygroundState>

/** A lesson on the page. */
export interface LessonView {
  readonly element: HTMLElement
  /** Draws the state as it is now. */
  show(): void
  /** What a screen reader is told after a change. */
  describe(): string
}

/** How a lesson changes the state: here at once, and in the kernel with the next frame. */
export type Change = <K extends keyof PlaygroundState & string>(name: K, value: PlaygroundState[K]) => void

export const stateNames = Object.keys(playgroundDefaults) as (keyof PlaygroundState)[]

export function stateOf(model: Model): PlaygroundState {
  return Object.fromEntries(stateNames.map((name) => [name, model.get(name)])) as unknown as PlaygroundState
}
