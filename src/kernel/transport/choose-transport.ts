import { createRequire } from "node:module"
import { PrelabError } from "../../error.js"
import { log as stderrLog } from "../log.js"
import type { Log, Transport, TransportName } from "./transport.js"
import { type Zeromq, ZeromqTransport } from "./zeromq-transport.js"
import { ZmtpTransport } from "./zmtp/zmtp-transport.js"

/** What carries a kernel's messages, and why that and not the other. */
export interface ChosenTransport {
  transport: Transport
  why: string
}

/** Names one transport for kernels and clients; without it the first that works is taken. */
export const transportVariable = "PRELAB_TRANSPORT"

const makers: Readonly<Record<TransportName, (log: Log) => Transport>> = {
  zeromq: (log) => new ZeromqTransport(loadZeromq(), log),
  zmtp: (log) => new ZmtpTransport(log),
}

/** Throws a PrelabError for a wish that nobody knows, and for one that this machine cannot fulfil. */
export function chooseTransport(
  log: Log = stderrLog,
  wish: string | undefined = process.env[transportVariable],
): ChosenTransport {
  if (wish) {
    if (!isTransportName(wish)) {
      const hint = `${transportVariable} is ${Object.keys(makers).join(" or ")}`
      throw new PrelabError("unknown transport", wish, { hint })
    }
    return { transport: makers[wish](log), why: `${transportVariable}=${wish}` }
  }
  try {
    return { transport: makers.zeromq(log), why: "its addon loads" }
  } catch (error) {
    return { transport: makers.zmtp(log), why: (error as PrelabError).message.replace(/;.*/, "") }
  }
}

/** Loaded when it is asked for, and here alone: where the addon does not fit the machine, this throws. */
function loadZeromq(): Zeromq {
  // cmake-ts, which loads the addon, writes a stack trace for every build that does not fit, and throws without reason.
  const reasons: string[] = []
  const { warn } = console
  console.warn = (...words) => void reasons.push(words.join(" "))
  try {
    return createRequire(import.meta.url)("zeromq")
  } catch (cause) {
    const [reason] = [...reasons, String(cause)].flatMap((text) => /Error: (.+)/.exec(text)?.[1] ?? [])
    throw new PrelabError("zeromq does not load", reason, {
      cause,
      hint: `${transportVariable}=zmtp does without`,
    })
  } finally {
    console.warn = warn
  }
}

function isTransportName(name: string): name is TransportName {
  return Object.hasOwn(makers, name)
}
