import type { FromCells, ToCells } from "./bridge.js"
import type { MessageFactory } from "./messages.js"
import type { Channel } from "./sockets.js"
import type { Header, WireMessage } from "./wire.js"

interface Asker {
  header: Header
  identities: Uint8Array[]
}

type InputRequest = Extract<FromCells, { type: "input" }>

/**
 * Questions to the reader. A question goes to the one client that sent the cell (its routing identity is the
 * same on stdin), and the next input_reply of that client answers it: replies need not name their request.
 */
export class StdinRequests {
  readonly #askers = new Map<string, Asker>()
  readonly #open: { id: number; parent: string; identity: string }[] = []

  constructor(
    readonly channel: Channel,
    readonly factory: MessageFactory,
    readonly toCells: (message: ToCells) => void,
  ) {}

  allow(parent: string, asker: Asker): void {
    this.#askers.set(parent, asker)
  }

  /** The cell is over: nobody waits for its answers any more. */
  forget(parent: string): void {
    this.#askers.delete(parent)
    const left = this.#open.filter((question) => question.parent !== parent)
    this.#open.splice(0, this.#open.length, ...left)
  }

  ask({ id, parent, prompt, password }: InputRequest): void {
    const asker = this.#askers.get(parent)
    if (!asker) return
    this.#open.push({ id, parent, identity: identityOf(asker.identities) })
    const { header, identities } = asker
    void this.channel.send(
      this.factory.make("input_request", { prompt, password }, { parent: header, identities }),
    )
  }

  receive({ header, content, identities }: WireMessage): void {
    if (header.msg_type !== "input_reply") return
    const identity = identityOf(identities)
    const index = this.#open.findIndex((question) => question.identity === identity)
    const [question] = index < 0 ? [] : this.#open.splice(index, 1)
    if (question) this.toCells({ type: "input", id: question.id, value: String(content.value ?? "") })
  }
}

function identityOf(identities: Uint8Array[]): string {
  return identities.map((frame) => Buffer.from(frame).toString("hex")).join(".")
}
