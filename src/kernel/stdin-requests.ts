import type { FromCells, ToCells } from "./bridge.js"
import { log } from "./log.js"
import type { MessageFactory } from "./messages.js"
import type { RequestChannel } from "./sockets.js"
import type { Header, WireMessage } from "./wire.js"

interface Asker {
  header: Header
  identities: Uint8Array[]
}

type InputRequest = Extract<FromCells, { type: "input" }>

interface Question {
  /** Of the input_request. */
  msgId: string
  id: number
  parent: string
  identity: string
}

/** What a client sends as the answer when the reader ends the input, and what the cell's thread takes for that. */
export const endOfInput = "\x04"

/**
 * Questions to the reader. A question goes to the one client that sent the cell: its routing identity is the same
 * on stdin. Replies that name their question answer that one alone, so that an answer to a stopped cell is not
 * taken for the next cell's; jupyter_client's replies name none, and answer the oldest question of their client.
 */
export class StdinRequests {
  readonly #askers = new Map<string, Asker>()
  #open: Question[] = []

  constructor(
    readonly channel: RequestChannel,
    readonly factory: MessageFactory,
    readonly toCells: (message: ToCells) => void,
  ) {}

  allow(parent: string, asker: Asker): void {
    this.#askers.set(parent, asker)
  }

  /** The cell is over: nobody waits for its answers any more. */
  forget(parent: string): void {
    this.#askers.delete(parent)
    this.#open = this.#open.filter((question) => question.parent !== parent)
  }

  ask({ id, parent, prompt, password }: InputRequest): void {
    const asker = this.#askers.get(parent)
    if (!asker) return
    const { header, identities } = asker
    const request = this.factory.make("input_request", { prompt, password }, { parent: header, identities })
    this.#open.push({ msgId: request.header.msg_id, id, parent, identity: identityOf(identities) })
    void this.channel.send(request)
  }

  receive({ header, parentHeader, content, identities }: WireMessage): void {
    if (header.msg_type !== "input_reply") return void log(`ignored on stdin: ${header.msg_type}`)
    const identity = identityOf(identities)
    const named = parentHeader.msg_id
    const question = this.#open.find(
      (open) => open.identity === identity && (named === undefined || named === open.msgId),
    )
    if (!question) return void log("ignored: an answer that nobody waits for")
    this.#open = this.#open.filter((open) => open !== question)
    const value = typeof content.value === "string" ? content.value : endOfInput
    this.toCells({ type: "input", id: question.id, value })
  }
}

function identityOf(identities: Uint8Array[]): string {
  return identities.map((frame) => Buffer.from(frame).toString("hex")).join(".")
}
