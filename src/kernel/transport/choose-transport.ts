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

/**
 * ZMTP in TypeScript, because a kernel that runs other people's code has to outlive it: zeromq's addon now and then
 * ends the process (`Napi::Error` at its start and at its end), and loses what a publisher does not await. Only it can
 * encrypt.
 * @param needs what the connection asks for
 * @throws PrelabError for a wish that nobody knows, and for one that this machine cannot fulfil
 */
export function chooseTransport(
  log: Log = stderrLog,
  wish: string | undefined = process.env[transportVariable],
  needs: { curve?: boolean } = {},
): ChosenTransport {
  if (wish) {
    if (!isTransportName(wish)) {
      const hint = `${transportVariable} is ${Object.keys(makers).join(" or ")}`
      throw new PrelabError("unknown transport", wish, { hint })
    }
    return { transport: makers[wish](log), why: `${transportVariable}=${wish}` }
  }
  if (needs.curve) return { transport: makers.zeromq(log), why: "the connection is encrypted" }
  return { transport: makers.zmtp(log), why: "it needs no addon" }
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
