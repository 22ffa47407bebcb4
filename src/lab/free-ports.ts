import { type AddressInfo, createServer, type Server } from "node:net"

/** So many ports of this machine's loopback that nobody listened on a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(0)))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** The first free port from this one on, of the next hundred. */
export async function freePortFrom(first: number): Promise<number> {
  for (let port = first; port < first + 100; port++) {
    const server = await listening(port).catch(() => undefined) // taken: the next one
    if (!server) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
  return (await freePorts(1))[0]!
}

function listening(port: number): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => resolve(server))
  })
}
