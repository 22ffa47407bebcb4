import { randomUUID } from "node:crypto"
import type { KernelMessage } from "@jupyterlab/services"
import type { Dict } from "./dict.js"
import type { CellLanguageName } from "./language/cell-language.js"
import type { Header, WireMessage } from "./wire.js"

/** The protocol this kernel speaks. */
export const protocolVersion = "5.5"

export interface Envelope {
  parent?: Header | undefined
  identities?: Uint8Array[] | undefined
  metadata?: Dict | undefined
  contentJson?: Uint8Array | undefined
  buffers?: Uint8Array[] | undefined
}

/** Makes this session's messages. A kernel has one session id per process; a restart has another. */
export class MessageFactory {
  readonly session = randomUUID()

  make(type: string, content: object, envelope: Envelope = {}): WireMessage {
    return {
      identities: envelope.identities ?? [],
      header: {
        msg_id: randomUUID(),
        session: this.session,
        username: "kernel",
        date: new Date().toISOString(),
        msg_type: type,
        version: protocolVersion,
      },
      parentHeader: envelope.parent ?? {},
      metadata: envelope.metadata ?? {},
      content: content as Dict,
      contentJson: envelope.contentJson,
      buffers: envelope.buffers ?? [],
    }
  }
}

/** The name of the reply to a request: `complete_request` is answered by `complete_reply`. */
export function replyType(requestType: string): string {
  return requestType.replace(/_request$/, "_reply")
}

/** The requests that the thread with the user's code answers; everything else the protocol thread knows itself. */
export const answeredByCells: ReadonlySet<string> = new Set([
  "complete_request",
  "inspect_request",
  "is_complete_request",
])

/** Messages that have no reply: only busy and idle around their effect. */
export const commMessages: ReadonlySet<string> = new Set(["comm_open", "comm_msg", "comm_close"])

/** What a silent request keeps from the readers. Comms are no output: a widget works all the same. */
export const outputMessages: ReadonlySet<string> = new Set([
  "stream",
  "display_data",
  "update_display_data",
  "clear_output",
  "execute_result",
  "error",
])

export interface ErrorContent {
  ename: string
  evalue: string
  traceback: string[]
}

/** What a client did wrong, as the error of its reply. */
export function refusal(ename: string, evalue: string): ErrorContent & { status: "error" } {
  return errorReply({ ename, evalue, traceback: [`${ename}: ${evalue}`] })
}

export function errorReply(error: ErrorContent): ErrorContent & { status: "error" } {
  return { status: "error", ...error }
}

export interface KernelDescription {
  banner: string
  version: string
  language: CellLanguageName
  languageVersion: string
  /** What it can do beside the rest, by the names that front ends ask for. */
  features: string[]
}

/** What files of each language are called. */
const fileTypes: Readonly<Record<CellLanguageName, { mimetype: string; file_extension: string }>> = {
  typescript: { mimetype: "application/typescript", file_extension: ".ts" },
  javascript: { mimetype: "text/javascript", file_extension: ".js" },
}

export function kernelInfo({
  banner,
  version,
  language,
  languageVersion,
  features,
}: KernelDescription): KernelMessage.IInfoReply & { supported_features: string[] } {
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "prelab",
    implementation_version: version,
    // codemirror_mode is a plain name on purpose: given an object, JupyterLab matches its "name" first and
    // highlights TypeScript as JavaScript.
    language_info: {
      name: language,
      version: language === "typescript" ? languageVersion : process.versions.node,
      ...fileTypes[language],
      codemirror_mode: language,
      pygments_lexer: language,
      nbconvert_exporter: "script",
    },
    banner,
    supported_features: features,
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" },
      { text: "Jupyter messaging", url: "https://jupyter-client.readthedocs.io/en/stable/messaging.html" },
    ],
  }
}
