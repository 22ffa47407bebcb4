import { Comms } from "../../src/kernel/comm.js"
import { setHost } from "../../src/kernel/host.js"

export interface Sent {
  readonly method: string
  readonly state: Record<string, unknown>
  readonly content: unknown
  readonly buffer_paths: (string | number)[][]
  /** In base64: they cross to the page as text. */
  readonly buffers: string[]
}

/** What left the kernel: messages of the widget's comm, oldest first. */
export interface Wire {
  readonly sent: Sent[]
}

/** What the page sends: values that it changed, or a message of its own. */
export type FromPage =
  | { readonly state: object }
  | { readonly content: unknown; readonly buffers?: Uint8Array[] }

/**
 * Makes a widget whose comm ends here instead of in a notebook. `toPage` gets what it sends, `receive` takes the page's.
 */
export function onWire<T>(make: () => T, toPage: (sent: Sent) => void = () => {}) {
  const wire: Wire = { sent: [] }
  let open: Sent | undefined
  let id = ""
  const comms = new Comms((type, content, { buffers = [] }) => {
    const { comm_id, data } = content as { comm_id: string; data: Partial<Sent> }
    const sent: Sent = {
      method: data.method ?? "update",
      state: data.state ?? {},
      content: data.content,
      buffer_paths: data.buffer_paths ?? [],
      buffers: buffers.map((buffer) => Buffer.from(buffer).toString("base64")),
    }
    if (type === "comm_open") {
      id = comm_id
      open = sent
    } else if (type === "comm_msg") {
      wire.sent.push(sent)
      if (sent.method !== "echo_update") toPage(sent)
    }
  })
  setHost({ publish() {}, input: async () => "", addPayload() {}, waitFor() {}, comms })
  const made = make()
  const receive = (message: FromPage) => {
    const isState = "state" in message
    const data = isState
      ? { method: "update", state: message.state, buffer_paths: [] }
      : { method: "custom", content: message.content }
    return comms.receive("comm_msg", { comm_id: id, data }, isState ? [] : (message.buffers ?? []))
  }
  return {
    made,
    wire,
    receive,
    /** There once the widget is made: some are a promise. */
    get open() {
      return open!
    },
  }
}
