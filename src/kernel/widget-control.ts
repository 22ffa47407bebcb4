import type { Comms } from "./comm.js"
import type { Dict } from "./dict.js"
import { widgetsIn } from "./widget.js"

/**
 * Answers a reloaded page that asks for all widgets at once. The paths start with id and "state", which
 * JupyterLab's manager needs although the message format does not say so.
 */
export function serveWidgetControl(comms: Comms): void {
  comms.register("jupyter.widget.control", (comm) => {
    comm.onMessage = (message) => {
      if (message.method !== "request_states") return
      const states: Dict = {}
      const buffer_paths: (string | number)[][] = []
      const buffers: Uint8Array[] = []
      for (const [id, widget] of widgetsIn(comms)) {
        const snapshot = widget.snapshot()
        states[id] = snapshot.model
        buffer_paths.push(...snapshot.buffer_paths.map((path) => [id, "state", ...path]))
        buffers.push(...snapshot.buffers)
      }
      comm.send({ method: "update_states", states, buffer_paths }, buffers)
    }
  })
}
