import { Comms } from "../../../src/kernel/comm.js"
import type { Dict } from "../../../src/kernel/dict.js"
import { setHost } from "../../../src/kernel/host.js"
import { serveWidgetControl } from "../../../src/kernel/widget-control.js"

export interface Published {
  readonly type: string
  readonly content: { readonly comm_id: string; readonly target_name?: string; readonly data: Dict }
  readonly metadata: Dict | undefined
  readonly buffers: Uint8Array[]
}

interface HasModel {
  readonly modelId: string
}

/** A kernel's comms whose messages end here, and the page's part in the protocol. */
export class KernelWire {
  readonly comms: Comms
  #published: Published[] = []

  constructor() {
    this.comms = new Comms((type, content, { metadata, buffers = [] }) => {
      // As it would arrive: later changes of what was sent are not in it.
      this.#published.push({ type, content: structuredClone(content), metadata, buffers } as Published)
    })
    serveWidgetControl(this.comms)
    setHost({ publish() {}, input: async () => "", addPayload() {}, waitFor() {}, comms: this.comms })
  }

  /** What was published since the last call. */
  take(): Published[] {
    const taken = this.#published
    this.#published = []
    return taken
  }

  /** The same, as the data of each message. */
  data(): Dict[] {
    return this.take().map(({ content }) => content.data)
  }

  /** A message of the page on a widget's comm. */
  say(widget: HasModel | string, data: Dict, buffers: Uint8Array[] = []): Promise<void> {
    const comm_id = typeof widget === "string" ? widget : widget.modelId
    return this.comms.receive("comm_msg", { comm_id, data }, buffers)
  }

  update(
    widget: HasModel,
    state: Dict,
    buffer_paths: unknown[] = [],
    buffers: Uint8Array[] = [],
  ): Promise<void> {
    return this.say(widget, { method: "update", state, buffer_paths }, buffers)
  }

  /** The page opens a comm. */
  open(target_name: string, comm_id: string, data: Dict = {}): Promise<void> {
    return this.comms.receive("comm_open", { comm_id, target_name, data }, [])
  }

  /** The page closes one. */
  close(widget: HasModel): Promise<void> {
    return this.comms.receive("comm_close", { comm_id: widget.modelId, data: {} }, [])
  }
}
