/** @typedef {import("./kernel-arrival.mjs").Arrival} Arrival */

/** One request and everything that came of it, with times relative to its sending. */
export class Exchange {
  /** @type {Arrival | undefined} */
  reply
  /** @type {Arrival | undefined} kept apart: whether it is here is asked at every message of thousands */
  idle
  /** @type {Arrival[]} */
  published = []

  /** @param {number} sent */
  constructor(sent) {
    this.sent = sent
  }

  /** @param {Arrival} arrival */
  publish(arrival) {
    this.published.push(arrival)
    if (isIdle(arrival)) this.idle ??= arrival
  }

  get isDone() {
    return this.reply !== undefined && this.idle !== undefined
  }

  get content() {
    return this.reply?.message.content ?? {}
  }

  /** From sending to the later one of reply and idle; to the reply where the idle got lost. */
  get ms() {
    return Math.max(this.reply?.at ?? Number.NaN, this.idle?.at ?? 0) - this.sent
  }

  /** Everything that the request made visible: neither its status nor the echo of its code. */
  get outputs() {
    return this.published.filter(
      ({ message }) => !["status", "execute_input"].includes(message.header.msg_type),
    )
  }
}

/** @param {Arrival} arrival */
export function isIdle({ message }) {
  return message.header.msg_type === "status" && message.content.execution_state === "idle"
}
