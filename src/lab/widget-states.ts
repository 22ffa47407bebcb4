import type { KernelMessage } from "./kernel-client.js"
import type { Data, Notebook } from "./notebook.js"

const mime = "application/vnd.jupyter.widget-state+json"

type Path = (string | number)[]

interface Model {
  state: Data
  buffers: { path: Path; data: Uint8Array }[]
}

/** Follows a kernel's widgets by their comm messages and keeps their state for readers without a kernel. */
export class WidgetStates {
  readonly #models = new Map<string, Model>()

  receive({ type, content, buffers }: KernelMessage): void {
    const id = content.comm_id as string
    if (type === "comm_open" && content.target_name === "jupyter.widget")
      this.#models.set(id, { state: {}, buffers: [] })
    if (type === "comm_close") this.#models.delete(id)
    const model = this.#models.get(id)
    const data = content.data as { state?: Data; buffer_paths?: Path[] } | undefined
    if (model && data?.state) change(model, data.state, data.buffer_paths ?? [], buffers)
  }

  /**
   * The notebook's metadata with these widgets in it. Without widgets the key is absent: GitHub shows nothing of
   * a notebook in which it is there but not well-formed.
   */
  storedIn(metadata: Notebook["metadata"]): Notebook["metadata"] {
    const { widgets, ...others } = metadata
    const { [mime]: _, ...foreign } = (widgets ?? {}) as Data
    const state = Object.fromEntries([...this.#models].map(([id, model]) => [id, stored(model)]))
    const own = this.#models.size > 0 ? { [mime]: { state, version_major: 2, version_minor: 0 } } : {}
    const all = { ...foreign, ...own }
    return Object.keys(all).length > 0 ? { ...others, widgets: all } : others
  }
}

function change(model: Model, state: Data, paths: Path[], buffers: Uint8Array[]): void {
  const changed = new Set([...Object.keys(state), ...paths.map((path) => String(path[0]))])
  model.state = { ...model.state, ...state }
  const kept = model.buffers.filter(({ path }) => !changed.has(String(path[0])))
  model.buffers = [...kept, ...paths.map((path, i) => ({ path, data: buffers[i] ?? new Uint8Array() }))]
}

function stored({ state, buffers }: Model): Data {
  return {
    model_name: state._model_name,
    model_module: state._model_module,
    model_module_version: state._model_module_version,
    state,
    ...(buffers.length > 0
      ? {
          buffers: buffers.map(({ path, data }) => ({
            data: Buffer.from(data).toString("base64"),
            encoding: "base64",
            path,
          })),
        }
      : {}),
  }
}
