import "../node/globals.js"
import { readFileSync, writeFileSync } from "node:fs"
import { Backpressure } from "../../kernel/backpressure.js"
import type { FromCells, ToCells } from "../../kernel/bridge.js"
import { History } from "../../kernel/history.js"
import { Interrupter } from "../../kernel/interrupter.js"
import { log } from "../../kernel/log.js"
import { refusal } from "../../kernel/messages.js"
import { noLimits, Pace } from "../../kernel/pace.js"
import { Protocol } from "../../kernel/protocol.js"
import { noCell, stopBytes } from "../../kernel/stop-flag.js"
import { PageChannels } from "./page-channels.js"
import type { FromProtocol, ProtocolStart, ToProtocol } from "./protocol-start.js"
import { StopUrl } from "./stop-url.js"

// The protocol of a kernel in JupyterLite, in a worker of its own as in Node: what it says stays live while a cell
// computes.

const historyFile = "/history.jsonl"

/** The page keeps no more of it. */
const mostHistory = 500_000

/** What Session is told besides: see StopUrl. */
export type StopMessage = { type: "stopUrl"; url: string }

const post = (message: FromProtocol, moved: ArrayBuffer[] = []) =>
  self.postMessage(message, { transfer: moved })

/** Keeps what it knows in the page, which outlives the worker. */
class PageHistory extends History {
  override add(line: number, input: string, output: string | undefined): void {
    super.add(line, input, output)
    const text = readFileSync(historyFile, "utf8")
    const from = text.indexOf("\n", Math.max(0, text.length - mostHistory) - 1) + 1
    post({ type: "history", text: text.length > mostHistory ? text.slice(from) : text })
  }
}

function start({ description, cells, typing, stop, history }: ProtocolStart): (message: ToProtocol) => void {
  if (history !== "") writeFileSync(historyFile, history)
  const stopUrl = stop ? undefined : new StopUrl((url) => cells.postMessage({ type: "stopUrl", url }))
  const toCells = (message: ToCells) => {
    // Nobody strikes where no cell runs, and the loops of timers that are left over have to hear of it too.
    if (message.type === "interrupt" && message.cell === noCell) stopUrl?.revoke()
    const port = message.type === "ask" ? typing : cells
    port.postMessage(message)
  }
  const interrupter = new Interrupter(stop ?? new ArrayBuffer(stopBytes), toCells, () => stopUrl?.revoke())
  const channels = new PageChannels((message, moved) => post({ type: "message", message }, moved))
  const protocol = new Protocol({
    sockets: channels,
    description: { ...description, features: ["kernel subshells"] },
    ports: { shell_port: 0, control_port: 0, stdin_port: 0, hb_port: 0, iopub_port: 0 },
    history: new PageHistory(historyFile, log),
    interrupter,
    backpressure: new Backpressure(new ArrayBuffer(4)),
    pace: new Pace(noLimits),
    toCells,
    debug: async () => ({ ...refusal("NotImplemented", "no debugger in a browser") }),
    shutdown: () => post({ type: "end" }),
  })
  for (const port of [cells, typing])
    port.onmessage = ({ data }: MessageEvent<FromCells>) => protocol.fromCells(data)
  void protocol.serve()
  return (message) => {
    if (message.type === "message") channels.receive(message.message)
    else if (message.type === "interrupt") interrupter.interrupt()
  }
}

let receive: ((message: ToProtocol) => void) | undefined

self.onmessage = ({ data }: MessageEvent<ToProtocol>) => {
  if (data.type === "start") receive = start(data)
  else receive?.(data)
}
