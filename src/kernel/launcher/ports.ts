import { randomInt } from "node:crypto"
import { once } from "node:events"
import { type AddressInfo, createServer, type Server } from "node:net"
import { PrelabError } from "../../error.js"

/** Both ends belong to it; 0 to 0 leaves the choice to the system. */
export interface PortRange {
  low: number
  high: number
}

/** How many ports a launched kernel needs: five of its own and the launcher's. */
const needed = 6

/** Reads "LOW..HIGH". @throws PrelabError for anything else, and for too few ports */
export function parsePortRange(text = "0..0"): PortRange {
  const [, low, high] = /^(\d{1,5})\.\.(\d{1,5})$/.exec(text) ?? []
  if (low === undefined || high === undefined || Number(high) > 65_535)
    throw new PrelabError("port range must be LOW..HIGH", text)
  const range = { low: Number(low), high: Number(high) }
  if (!isAny(range) && range.high - range.low + 1 < needed)
    throw new PrelabError(`port range needs ${needed} ports`, text)
  return range
}

/** A server that listens on some free port of the range. */
export async function listenWithin(range: PortRange, host: string): Promise<Server> {
  const size = range.high - range.low + 1
  // Kernels that start at the same time should not all try the same port first.
  const start = isAny(range) ? 0 : randomInt(size)
  for (let i = 0; i < size; i++) {
    const port = isAny(range) ? 0 : range.low + ((start + i) % size)
    const server = createServer().listen(port, host)
    try {
      await once(server, "listening")
      return server
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== "EADDRINUSE" && code !== "EACCES")
        throw new PrelabError("cannot listen on address", host, { cause: error })
    }
  }
  throw new PrelabError("no free port in range", `${range.low}..${range.high}`)
}

/** Ports that are free now. They are all held until the last one is found, so that no two are the same. */
export async function freePorts(count: number, range: PortRange, host: string): Promise<number[]> {
  const servers: Server[] = []
  try {
    while (servers.length < count) servers.push(await listenWithin(range, host))
    return servers.map(portOf)
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function isAny({ low, high }: PortRange): boolean {
  return low === 0 && high === 0
}
