import { parentPort, workerData } from "node:worker_threads"
import { Backpressure } from "./backpressure.js"
import type { FromCells, ToCells, WorkerStart } from "./bridge.js"
import { readConnection } from "./connection.js"
import { History } from "./history.js"
import { Interrupter } from "./interrupter.js"
import { log } from "./log.js"
import { watchParent } from "./parent-watch.js"
import { Protocol } from "./protocol.js"
import { bindSockets } from "./sockets.js"
import { chooseTransport } from "./transport/choose-transport.js"
import { echo } from "./transport/echo.js"

// The protocol thread: owns the sockets, so that heartbeat, control and status stay live while a cell computes.

/** How long the other thread may take to end by itself before the process is ended from here. */
const graceMs = 2000

const start = workerData as WorkerStart
const port = parentPort!
const toCells = (message: ToCells) => port.postMessage(message)

const connection = readConnection(start.connectionFile)
const { transport } = chooseTransport()
const sockets = await bindSockets(connection, transport)
const interrupter = new Interrupter(start.stop, toCells)

const protocol = new Protocol({
  sockets,
  description: start,
  ports: sockets.ports,
  history: new History(start.historyFile, log),
  interrupter,
  backpressure: new Backpressure(start.backlog),
  toCells,
  shutdown: () => setTimeout(() => void end(), 50),
})

port.on("message", (message: FromCells) => protocol.fromCells(message))
watchParent(() => void end())
void echo(sockets.heartbeat)
void protocol.serve()

/** Ends the process, also when a cell spins on the other thread and will never read a message again. */
async function end(): Promise<void> {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs)
  await sockets.close()
  toCells({ type: "shutdown" })
}
