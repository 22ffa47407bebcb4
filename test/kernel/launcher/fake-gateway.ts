import { constants, createDecipheriv, generateKeyPairSync, type KeyObject, privateDecrypt } from "node:crypto"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server } from "node:net"

/** What a launcher tells its gateway. */
export interface Launched {
  transport: string
  ip: string
  key: string
  signature_scheme: string
  shell_port: number
  iopub_port: number
  stdin_port: number
  control_port: number
  hb_port: number
  comm_port: number
  kernel_id: string
  pid: number
}

/** As much of Enterprise Gateway as launchers see, after its processproxy.py: one response socket, one RSA key. */
export class FakeGateway {
  readonly #launched = new Map<string, Launched>()
  #changed: () => void = () => {}

  private constructor(
    readonly server: Server,
    readonly privateKey: KeyObject,
    /** The PEM file without its first and last line and without line ends. */
    readonly publicKey: string,
  ) {
    server.on("connection", async (socket) => {
      let text = ""
      for await (const chunk of socket.setEncoding("utf8")) text += chunk
      const connection = this.#decode(text)
      this.#launched.set(connection.kernel_id, connection)
      this.#changed()
    })
  }

  static async start(): Promise<FakeGateway> {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 })
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const der = publicKey.export({ format: "der", type: "spki" })
    return new FakeGateway(server, privateKey, der.toString("base64"))
  }

  get responseAddress(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async launched(kernelId: string): Promise<Launched> {
    for (;;) {
      const connection = this.#launched.get(kernelId)
      if (connection) return connection
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  /** One request to a launcher, the way `_send_listener_request` does it. */
  async send({ comm_port }: Launched, request: string): Promise<void> {
    const socket = connect(comm_port, "127.0.0.1")
    await once(socket, "connect")
    socket.end(request)
    await once(socket.resume(), "close")
  }

  close(): void {
    this.server.close()
  }

  #decode(text: string): Launched {
    const payload = JSON.parse(Buffer.from(text, "base64").toString())
    if (payload.version !== 1) throw new Error(`unexpected version: ${payload.version}`)
    const aesKey = this.#decryptKey(Buffer.from(payload.key, "base64"))
    const cipher = createDecipheriv("aes-128-ecb", aesKey, null)
    const encrypted = Buffer.from(payload.conn_info, "base64")
    return JSON.parse(Buffer.concat([cipher.update(encrypted), cipher.final()]).toString())
  }

  /** PKCS#1 v1.5 by hand, since Node does not decrypt it any more: 0, 2, what is random and not 0, 0, the key. */
  #decryptKey(encrypted: Buffer): Buffer {
    const padded = privateDecrypt({ key: this.privateKey, padding: constants.RSA_NO_PADDING }, encrypted)
    if (padded[0] !== 0 || padded[1] !== 2) throw new Error("no PKCS#1 padding")
    return padded.subarray(padded.indexOf(0, 2) + 1)
  }
}
