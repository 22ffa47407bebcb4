import { basename, resolve, sep } from "node:path"
import {
  type Kernel,
  KernelManager,
  ServerConnection,
  type KernelMessage as ServiceMessage,
  type Session,
  SessionManager,
} from "@jupyterlab/services"
import { PrelabError } from "../error.js"
import { executeContent, type KernelClient, type KernelMessage } from "./kernel-client.js"
import type { Data } from "./notebook.js"

interface Server {
  url: string
  token: string
}

/** Starts a kernel on a running Jupyter server, in the notebook's folder if the server has it. */
export async function startServerKernel(server: Server, name: string, file: string): Promise<KernelClient> {
  // First, in plain requests: JupyterLab's managers go on asking a server that is not there.
  const path = await serverPath(file, server)
  await checkKernel(name, server)
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: server.url,
    wsUrl: server.url.replace(/^http/, "ws"),
    token: server.token,
    appendToken: true,
  })
  // They also tell console.debug what they do, which in Node is standard output.
  console.debug = () => {}
  const kernels = new KernelManager({ serverSettings })
  const sessions = new SessionManager({ serverSettings, kernelManager: kernels })
  try {
    const options = { path, type: "notebook", name: basename(path), kernel: { name } }
    const session = await sessions.startNew(options)
    return new ServerKernel(session, await infoOf(session, name), [sessions, kernels])
  } catch (cause) {
    sessions.dispose()
    kernels.dispose()
    if (cause instanceof PrelabError) throw cause
    throw new PrelabError("server gave no kernel", name, { cause, hint: (cause as Error).message })
  }
}

/** The longest end of the file's path that is a notebook on the server: its folder is where the cells run. */
async function serverPath(file: string, server: Server): Promise<string> {
  const parts = resolve(file).split(sep).filter(Boolean)
  for (let from = 0; from < parts.length; from++) {
    const path = parts.slice(from).join("/")
    const { ok } = await get(server, `api/contents/${encodeURI(path)}?content=0`)
    if (ok) return path
  }
  return basename(file)
}

async function checkKernel(name: string, server: Server): Promise<void> {
  const response = await get(server, "api/kernelspecs")
  const { kernelspecs } = (await response.json()) as { kernelspecs: Data }
  if (!(name in kernelspecs))
    throw new PrelabError("server has no such kernel", name, {
      hint: `it has ${Object.keys(kernelspecs).join(", ") || "none"}`,
    })
}

async function get({ url, token }: Server, path: string): Promise<Response> {
  const base = url.endsWith("/") ? url : `${url}/`
  const headers = { Authorization: `token ${token}` }
  const response = await fetch(new URL(path, base), { headers }).catch((cause: unknown) => {
    throw new PrelabError("server does not answer", url, { cause })
  })
  if (response.status === 401 || response.status === 403)
    throw new PrelabError("server refuses the token", url)
  return response
}

async function infoOf(session: Session.ISessionConnection, name: string): Promise<Data> {
  if (!session.kernel) throw new PrelabError("session has no kernel", name)
  const info = await session.kernel.info
  return info.language_info as unknown as Data
}

class ServerKernel implements KernelClient {
  onMessage: (message: KernelMessage) => void = () => {}
  readonly died: Promise<string>
  readonly #kernel: Kernel.IKernelConnection

  constructor(
    readonly session: Session.ISessionConnection,
    readonly languageInfo: Data,
    readonly managers: { dispose(): void }[],
  ) {
    this.#kernel = session.kernel!
    // Comm messages are stored, not acted upon.
    this.#kernel.handleComms = false
    this.#kernel.anyMessage.connect((_, { msg, direction }) => {
      if (direction === "recv") this.onMessage(plain(msg))
    })
    this.died = new Promise((resolve) => {
      this.#kernel.statusChanged.connect((_, status) => {
        if (status === "dead" || status === "autorestarting") resolve(`the server says ${status}`)
      })
      this.#kernel.connectionStatusChanged.connect((_, status) => {
        if (status === "disconnected") resolve("the server does not answer any more")
      })
    })
  }

  execute(code: string, cellId: string): string {
    return this.#kernel.requestExecute(executeContent(code), true, { cellId }).msg.header.msg_id
  }

  interrupt(): Promise<void> {
    return this.#kernel.interrupt()
  }

  async close(): Promise<void> {
    try {
      await this.session.shutdown()
    } finally {
      this.session.dispose()
      for (const manager of this.managers) manager.dispose()
    }
  }
}

function plain({
  channel,
  header,
  parent_header,
  content,
  metadata,
  buffers,
}: ServiceMessage.IMessage): KernelMessage {
  return {
    channel: channel === "iopub" ? "iopub" : "shell",
    type: header.msg_type,
    parent: "msg_id" in parent_header ? parent_header.msg_id : undefined,
    content: content as Data,
    metadata: metadata as Data,
    buffers: (buffers ?? []).map((buffer) =>
      ArrayBuffer.isView(buffer)
        ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
        : new Uint8Array(buffer),
    ),
  }
}
