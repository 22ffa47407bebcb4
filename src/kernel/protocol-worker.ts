import { parentPort, workerData } from "node:worker_threads"
import { Backpressure } from "./backpressure.js"
import type { FromCells, ToCells, WorkerStart } from "./bridge.js"
import { readConnection, writePorts } from "./connection.js"
import { serveDebugLink } from "./debug/debug-link.js"
import { Debugger } from "./debug/debugger.js"
import { History } from "./history.js"
import { Interrupter } from "./interrupter.js"
import { log } from "./log.js"
import { noLimits, Pace, serverLimits } from "./pace.js"
import { watchParent } from "./parent-watch.js"
import { Protocol } from "./protocol.js"
import { bindSockets } from "./sockets.js"
import { noCell } from "./stop-flag.js"
import { chooseTransport } from "./transport/choose-transport.js"
import { echo } from "./transport/echo.js"

// The protocol thread: owns the sockets, so that heartbeat, control and status stay live while a cell computes.

/** How long the other thread may take to end by itself before the process is ended from here. */
const graceMs = 2000

const start = workerData as WorkerStart
const port = parentPort!
const toCells = (message: ToCells) => {
  // What the reader types is answered by the language thread, also while a cell computes.
  if (message.type === "ask" && start.typing) start.typing.postMessage(message)
  else port.postMessage(message)
  // A cell that is stopped in the debugger can be interrupted only once it goes on.
  if (message.type === "interrupt" && message.cell !== noCell) void adapter.resumeForInterrupt()
}
const attached = new Int32Array(start.debug.attached)
const adapter = new Debugger({
  event: (content) => protocol.debugEvent(content),
  log,
  defined: (name) => toCells({ type: "defined", name }),
  attached: (active) => Atomics.store(attached, 0, Number(active)),
  hiddenFolders: [new URL(".", import.meta.url).href],
})
serveDebugLink(start.debug.port, adapter)

const connection = readConnection(start.connectionFile)
const { transport } = chooseTransport(log, undefined, { curve: connection.curve_publickey !== undefined })
const sockets = await bindSockets(connection, transport)
writePorts(start.connectionFile, connection, sockets.ports)
const interrupter = new Interrupter(start.stop, toCells)

const protocol = new Protocol({
  sockets,
  description: start,
  ports: sockets.ports,
  history: new History(start.historyFile, log),
  interrupter,
  backpressure: new Backpressure(start.backlog),
  // Programs that run notebooks without a server between have no use for its limits.
  pace: new Pace(process.env.PRELAB_PACE === "0" ? noLimits : serverLimits),
  toCells,
  debug: (request) => adapter.handle(request),
  shutdown: () => setTimeout(() => void end(), 50),
})

port.on("message", (message: FromCells) => protocol.fromCells(message))
start.typing?.on("message", (message: FromCells) => protocol.fromCells(message))
watchParent(() => void end())
void echo(sockets.heartbeat)
void protocol.serve()

/** Ends the process, also when a cell spins on the other thread and will never read a message again. */
async function end(): Promise<void> {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs)
  // A cell that is stopped in the debugger goes on first: only then can it be interrupted.
  void adapter.close().then(() => interrupter.interrupt())
  await sockets.close()
  toCells({ type: "shutdown" })
}
