import type { Server, Socket } from "node:net"
import { log } from "../log.js"

/** What a gateway asks of the launcher of a kernel, besides whether it still listens. */
export interface GatewayHandler {
  signal(signum: number): void
  shutdown(): void
}

/** A request is some twenty characters; whoever sends more is not the gateway. */
const longestRequest = 1024

/** Answers the gateway, which connects anew for every request, writes one JSON document and closes. */
export function serveGateway(server: Server, handler: GatewayHandler): void {
  server.on("connection", async (socket) => {
    try {
      handle(await textOf(socket), handler)
    } catch (error) {
      log(`ignored what came instead of a gateway's request: ${(error as Error).message}`)
    } finally {
      socket.destroy()
    }
  })
}

async function textOf(socket: Socket): Promise<string> {
  let text = ""
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk
    if (text.length > longestRequest) throw new Error(`more than ${longestRequest} characters`)
  }
  return text
}

function handle(text: string, handler: GatewayHandler): void {
  // Port scanners and load balancers connect and say nothing.
  if (text === "") return
  const request: unknown = JSON.parse(text)
  if (typeof request !== "object" || request === null) throw new Error(`no object: ${text}`)
  const { signum, shutdown } = request as { signum?: unknown; shutdown?: unknown }
  // Every three seconds the gateway polls with signal 0.
  if (Number.isInteger(signum) && Number(signum) > 0) handler.signal(Number(signum))
  if (shutdown) handler.shutdown()
}
