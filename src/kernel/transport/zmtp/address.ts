import { PrelabError } from "../../../error.js"

/** An address as node:net takes it: for TCP, or a Unix socket's path. */
export type Address = { host: string; port: number } | { path: string }

/** Reads an address in libzmq's form: `tcp://127.0.0.1:5555`, `tcp://[::1]:0`, `ipc:///run/kernel-1`. */
export function parseAddress(text: string): Address {
  const path = /^ipc:\/\/(.+)$/.exec(text)?.[1]
  if (path) return { path }
  const [, host, port] = /^tcp:\/\/(.+):(\d{1,5})$/.exec(text) ?? []
  if (!host || Number(port) > 65535) throw new PrelabError("unusable socket address", text)
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) }
}
