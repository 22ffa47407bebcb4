// The debugger's thread: talks to the test over a socket, as the main thread may be stopped.
import { connect } from "node:net"
import { createInterface } from "node:readline"
import { parentPort } from "node:worker_threads"

const { Debugger } = await import(new URL("../../../../dist/kernel/debug/debugger.js", import.meta.url).href)

const socket = connect(Number(process.argv[2]), "127.0.0.1")
socket.setNoDelay()
/** @param {object} message */
const send = (message) => void socket.write(`${JSON.stringify(message)}\n`)
const port = parentPort

const adapter = new Debugger({
  event: (/** @type {object} */ content) => send(content),
  log: (/** @type {string} */ text) => send({ type: "log", text }),
  defined: (/** @type {string} */ name) => send({ type: "defined", name }),
  hiddenFolders: [
    new URL(".", import.meta.url).href,
    new URL("../../../../dist/kernel/", import.meta.url).href,
  ],
})

port?.on("message", send)
createInterface(socket).on("line", async (line) => {
  const message = JSON.parse(line)
  if (message.type === "request") return send(await adapter.handle(message))
  if (message.type === "interrupt") {
    await adapter.resumeForInterrupt()
    return send({ type: "interrupted" })
  }
  await adapter.compiled(message.cell)
  port?.postMessage({ url: message.cell.url, js: message.js })
})
socket.on("close", async () => {
  await adapter.close()
  process.exit()
})
