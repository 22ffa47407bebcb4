import { getHashes } from "node:crypto"
import { readFileSync } from "node:fs"
import { PrelabError } from "../error.js"
import { writeWhole } from "./write-whole.js"

/** The connection file: where a kernel listens and with which key its messages are signed. */
export interface Connection {
  transport: "tcp" | "ipc"
  ip: string
  shell_port: number
  iopub_port: number
  stdin_port: number
  control_port: number
  hb_port: number
  key: string
  signature_scheme: string
  kernel_name?: string
  /** CurveZMQ, in Z85: all channels are encrypted, and clients have to know the public key. */
  curve_publickey?: string
  curve_secretkey?: string
}

export type ChannelName = "shell" | "iopub" | "stdin" | "control" | "hb"

/** In the environment of a kernel the one other address that it may listen on; only `prelab kernel-launcher --bind` sets it. */
export const bindVariable = "PRELAB_BIND"

export const channelNames: ChannelName[] = ["shell", "iopub", "stdin", "control", "hb"]

/** Reads and checks a connection file. Throws a PrelabError for anything this kernel cannot listen on. */
export function readConnection(file: string): Connection {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (cause) {
    throw new PrelabError("connection file not readable", file, { cause })
  }
  let value: Connection
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PrelabError("connection file is not JSON", file, { cause })
  }
  return checkConnection(value, file)
}

export function checkConnection(value: Connection, file?: string): Connection {
  const refuse = (what: string, shown: unknown) => new PrelabError(what, String(shown), { file })
  if (value === null || typeof value !== "object") throw refuse("connection is no object", value)
  if (value.transport !== "tcp" && value.transport !== "ipc")
    throw refuse("unsupported transport", value.transport)
  if (value.transport === "tcp" && !isLoopback(value.ip)) {
    if (value.ip !== process.env[bindVariable]) throw refuse("address is not loopback", value.ip)
    if (!value.key) throw refuse("no key for an address that others reach", value.ip)
  }
  for (const name of channelNames) {
    const port = value[`${name}_port`]
    // 0 leaves the choice to the system, which has none for the names of IPC sockets.
    if (!Number.isInteger(port) || port < (value.transport === "tcp" ? 0 : 1))
      throw refuse(`invalid ${name}_port`, port)
  }
  checkCurve(value, refuse)
  if (value.key && !isKnownScheme(value.signature_scheme))
    throw refuse("unsupported signature scheme", value.signature_scheme)
  return value
}

/** One that signs nothing would make a kernel that answers nobody. */
function isKnownScheme(scheme: unknown): boolean {
  return typeof scheme === "string" && scheme.startsWith("hmac-") && getHashes().includes(scheme.slice(5))
}

/** Writes down the ports that the system has chosen where the connection file asked it to, for clients to read. */
export function writePorts(
  file: string,
  asked: Connection,
  ports: Record<`${ChannelName}_port`, number>,
): void {
  if (channelNames.every((name) => asked[`${name}_port`] === ports[`${name}_port`])) return
  // The key in it is for this user alone.
  writeWhole(file, `${JSON.stringify({ ...asked, ...ports }, null, 2)}\n`, { mode: 0o600 })
}

/** With half a pair of keys a kernel would talk in the clear where its client expects the opposite. */
function checkCurve(value: Connection, refuse: (what: string, shown: unknown) => PrelabError): void {
  const keys = ["curve_publickey", "curve_secretkey"] as const
  if (keys.every((name) => value[name] === undefined || value[name] === null)) return
  // The key itself is not for the eyes of whoever reads the log.
  for (const name of keys)
    if (!/^[!-~]{40}$/.test(value[name] ?? "")) throw refuse(`invalid ${name}`, "not 40 characters of Z85")
}

/** Other people's cells must not be reachable from other machines: the key travels in no message. */
function isLoopback(ip: string): boolean {
  return ip === "localhost" || ip === "::1" || /^127(\.\d{1,3}){3}$/.test(ip)
}

/** The address of a channel as libzmq wants it: names are not resolved when binding, IPv6 goes in brackets. */
export function addressOf(connection: Connection, channel: ChannelName): string {
  const port = connection[`${channel}_port`]
  if (connection.transport === "ipc") return `ipc://${connection.ip}-${port}`
  const ip = connection.ip === "localhost" ? "127.0.0.1" : connection.ip
  return `tcp://${ip.includes(":") ? `[${ip}]` : ip}:${port}`
}
