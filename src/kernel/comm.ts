import { randomUUID } from "node:crypto"
import type { Dict } from "./dict.js"
import { host } from "./host.js"
import { log } from "./log.js"
import { plainJson } from "./plain-json.js"

export type CommHandler = (data: Dict, buffers: Uint8Array[]) => void | Promise<void>

/** Called when the page opens a comm; throwing refuses it. */
export type CommTarget = (comm: Comm, data: Dict, buffers: Uint8Array[]) => void | Promise<void>

export interface CommMessageContent {
  comm_id: string
  target_name?: string
  data?: Dict
}

type Publish = (msgType: string, content: Dict, more: { metadata?: Dict; buffers?: Uint8Array[] }) => void

/** One line between the kernel and something on the page, in both directions, with binary buffers. */
export class Comm {
  onMessage: CommHandler | undefined
  onClose: CommHandler | undefined
  /** Called once, whichever side closes it. */
  onEnd: (() => void) | undefined
  closed = false

  constructor(
    readonly id: string,
    readonly target: string,
    readonly comms: Comms,
  ) {}

  send(data: Dict, buffers: Uint8Array[] = [], metadata: Dict = {}): void {
    if (this.closed) return
    this.comms.publish(
      "comm_msg",
      { comm_id: this.id, data: plainJson(data) },
      { metadata: plainJson(metadata) as Dict, buffers },
    )
  }

  close(data: Dict = {}): void {
    if (this.closed) return
    this.closed = true
    this.comms.forget(this)
    this.comms.publish("comm_close", { comm_id: this.id, data: plainJson(data) }, {})
    this.onEnd?.()
  }
}

/** The open comms, and the targets that the page may open. */
export class Comms {
  readonly #open = new Map<string, Comm>()
  readonly #targets = new Map<string, CommTarget>()

  constructor(readonly publish: Publish) {}

  register(name: string, target: CommTarget): void {
    this.#targets.set(name, target)
  }

  open(target: string, data: Dict, buffers: Uint8Array[] = [], metadata: Dict = {}): Comm {
    const comm = new Comm(randomUUID(), target, this)
    this.#open.set(comm.id, comm)
    const content = { comm_id: comm.id, target_name: target, data: plainJson(data) }
    this.publish("comm_open", content, { metadata, buffers })
    return comm
  }

  forget(comm: Comm): void {
    this.#open.delete(comm.id)
  }

  closeAll(): void {
    for (const comm of [...this.#open.values()]) comm.close()
  }

  /** Hands a message of the page to its comm. */
  async receive(msgType: string, content: CommMessageContent, buffers: Uint8Array[]): Promise<void> {
    if (msgType === "comm_open") return this.#accept(content, buffers)
    const comm = this.#open.get(content.comm_id)
    if (!comm) return
    if (msgType === "comm_msg") return comm.onMessage?.(content.data ?? {}, buffers)
    comm.closed = true
    this.forget(comm)
    comm.onEnd?.()
    await comm.onClose?.(content.data ?? {}, buffers)
  }

  async #accept(
    { comm_id, target_name = "", data = {} }: CommMessageContent,
    buffers: Uint8Array[],
  ): Promise<void> {
    const comm = new Comm(comm_id, target_name, this)
    this.#open.set(comm_id, comm)
    const target = this.#targets.get(target_name)
    try {
      if (!target) throw new Error("no such comm target")
      await target(comm, data, buffers)
    } catch (error) {
      log(`comm refused: ${target_name}: ${error instanceof Error ? error.message : error}`)
      comm.close()
    }
  }
}

/** Opens a comm to a target that the page has registered. */
export function openComm(target: string, data: Dict = {}, buffers: Uint8Array[] = []): Comm {
  return host("openComm").comms.open(target, data, buffers)
}

/** Lets the page open comms to this target. */
export function registerCommTarget(name: string, target: CommTarget): void {
  host("registerCommTarget").comms.register(name, target)
}
