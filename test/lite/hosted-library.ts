import * as prelab from "../../src/index.js"
import { Comms } from "../../src/kernel/comm.js"
import { setHost } from "../../src/kernel/host.js"
import { mimeBundle } from "../../src/kernel/mime-bundle.js"

export interface Library {
  readonly prelab: typeof prelab
  readonly mimeBundle: typeof mimeBundle
  /** What each widget was opened with, by its name. */
  readonly opened: Record<string, object>
}

/** The library with a host around it, the same in Node and in a worker. */
export function hostedLibrary(): Library {
  const opened: Library["opened"] = {}
  const comms = new Comms((type, content) => {
    const { state } = ((content as { data?: object }).data ?? {}) as { state?: { _anywidget_id?: string } }
    if (type === "comm_open") opened[state?._anywidget_id ?? "?"] = state ?? {}
  })
  setHost({ publish() {}, input: async () => "", addPayload() {}, waitFor() {}, comms })
  return { prelab, mimeBundle, opened }
}
