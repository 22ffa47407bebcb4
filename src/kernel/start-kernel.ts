import { MessageChannel } from "node:worker_threads"
import { PrelabError } from "../error.js"
import { compilerVersion } from "./compiler-version.js"
import { readConnection } from "./connection.js"
import { historyFile } from "./data-dirs.js"
import { cellLanguage } from "./language/cell-language.js"
import { ProtocolThread } from "./protocol-thread.js"
import { startLanguage } from "./run/start-language.js"
import { stopBytes } from "./stop-flag.js"

export interface HelperModule {
  /** What cells write to import it, such as "prelab". */
  module: string
  /** The module's namespace in this process; a promise lets the kernel answer while the module still loads. */
  namespace: object | Promise<object>
  /** The folder of its package.json, where its types are found. */
  packageRoot: string
}

export interface KernelOptions {
  connectionFile: string
  /** A module whose exports are in scope in every cell. */
  helpers?: HelperModule
  banner?: string
  version?: string
}

const named = { typescript: "TypeScript", javascript: "JavaScript" }

/** Who compiles cells: the kernel's own way, or tslab's converter and executor, as a yardstick. */
function usesTslab(): boolean {
  const wanted = process.env.PRELAB_CELLS || "prelab"
  if (wanted !== "prelab" && wanted !== "tslab")
    throw new PrelabError("unknown PRELAB_CELLS", wanted, { hint: "prelab or tslab" })
  return wanted === "tslab"
}

/**
 * Runs the kernel that a connection file describes until it is shut down. The caller's thread becomes the one
 * that runs cells; a second one speaks the protocol, a third one knows TypeScript.
 * @throws PrelabError for a connection file it cannot use
 */
export async function startKernel(options: KernelOptions): Promise<void> {
  const { connectionFile, helpers, version = "0.0.0" } = options
  readConnection(connectionFile)
  const withTslab = usesTslab()
  const name = cellLanguage()
  const stop = new SharedArrayBuffer(stopBytes)
  const backlog = new SharedArrayBuffer(4)
  const typing = new MessageChannel()
  const debug = new MessageChannel()
  const attached = new SharedArrayBuffer(4)
  const workerData = {
    connectionFile,
    version,
    banner: options.banner ?? `prelab ${version}: ${named[name]} on Node ${process.version}`,
    language: name,
    languageVersion: compilerVersion(withTslab),
    features: ["kernel subshells", "debugger"],
    stop,
    backlog,
    historyFile: historyFile(),
    debug: { port: debug.port1, attached },
    ...(withTslab ? {} : { typing: typing.port1 }),
  }
  const protocol = new ProtocolThread(workerData, withTslab ? [debug.port1] : [typing.port1, debug.port1])
  // Without a listener SIGINT would end the process; below a running cell it stops the cell.
  process.on("SIGINT", () => {})
  const language = withTslab ? undefined : startLanguage(typing.port2)
  // Not earlier: a front end waits for what the other threads answer, and they start while this one loads the rest.
  const { serveCells } = await import("./serve-cells.js")
  await serveCells({
    protocol,
    language,
    stop: new Int32Array(stop),
    backlog,
    debug: { port: debug.port2, attached },
    helpers,
  })
}
