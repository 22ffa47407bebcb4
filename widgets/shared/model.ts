import type { Experimental } from "./experimental.js"

export type { Experimental } from "./experimental.js"

/** anywidget's model, as far as prelab's widgets need it, with the names and types of a widget's state. */
export interface Model<State extends object> {
  get<K extends keyof State & string>(name: K): State[K]
  set<K extends keyof State & string>(name: K, value: State[K]): void
  on(event: string, handler: (...values: never[]) => void): void
  off(event: string, handler: (...values: never[]) => void): void
  save_changes(): void
}

/** What anywidget gives a view. */
export interface View<State extends object> {
  readonly model: Model<State>
  readonly el: HTMLElement
  readonly experimental: Experimental
}

/** Calls back when one of these values changes, until the function that it gives is called. */
export function watch<State extends object>(
  model: Model<State>,
  names: readonly (keyof State & string)[],
  changed: () => void,
): () => void {
  for (const name of names) model.on(`change:${name}`, changed)
  return () => {
    for (const name of names) model.off(`change:${name}`, changed)
  }
}
