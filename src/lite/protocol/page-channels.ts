import type { Dict } from "../../kernel/dict.js"
import type { Announcements, Channels, RequestChannel } from "../../kernel/sockets.js"
import type { WireMessage } from "../../kernel/wire.js"
import type { JupyterMessage } from "../page/jupyter-message.js"

type Handle = (message: WireMessage) => void

/** The channels of the protocol where a page and not a socket is at their other end. */
export class PageChannels implements Channels {
  readonly shell: RequestChannel
  readonly control: RequestChannel
  readonly stdin: RequestChannel
  readonly iopub: Announcements
  readonly #handlers = new Map<string, Handle>()
  /** Of the client that was heard last. */
  #session = ""
  #hasClient = () => {}
  readonly #client = new Promise<void>((resolve) => {
    this.#hasClient = resolve
  })

  constructor(readonly post: (message: JupyterMessage, moved: ArrayBuffer[]) => void) {
    this.shell = this.#requests("shell")
    this.control = this.#requests("control")
    this.stdin = this.#requests("stdin")
    this.iopub = { ...this.#outgoing("iopub"), subscriptions: this.#firstClient() }
  }

  /** A message of the page's. JupyterLite names the client by the session of its messages. */
  receive({ channel, header, parent_header, metadata, content, buffers }: JupyterMessage): void {
    this.#session = header.session
    this.#hasClient()
    this.#handlers.get(channel)?.({
      identities: [new TextEncoder().encode(header.session)],
      header,
      parentHeader: parent_header,
      metadata,
      content,
      buffers: (buffers ?? []).map(bytesOf),
    })
  }

  /** Before there is a client, JupyterLite throws away what the kernel says. */
  async *#firstClient(): AsyncGenerator<Uint8Array> {
    await this.#client
    yield new Uint8Array(0)
  }

  #requests(channel: "shell" | "control" | "stdin"): RequestChannel {
    return {
      ...this.#outgoing(channel),
      listen: (handle) => {
        this.#handlers.set(channel, handle)
        return new Promise(() => undefined)
      },
    }
  }

  #outgoing(channel: JupyterMessage["channel"]): Pick<RequestChannel, "send" | "drained"> {
    return {
      send: async (message) => this.#send(channel, message),
      drained: async () => undefined,
    }
  }

  #send(channel: JupyterMessage["channel"], message: WireMessage): void {
    const { header, parentHeader, metadata, contentJson } = message
    const content = contentJson
      ? (JSON.parse(new TextDecoder().decode(contentJson)) as Dict)
      : message.content
    // Bytes of their own, as they are moved and not copied.
    const buffers = message.buffers.map((bytes) => bytes.slice().buffer as ArrayBuffer)
    // JupyterLite takes a message only for the client that its own session names, also what is for all of them.
    const session = parentHeader.session ?? this.#session
    this.post(
      { channel, header: { ...header, session }, parent_header: parentHeader, metadata, content, buffers },
      buffers,
    )
  }
}

function bytesOf(buffer: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer)
}
