import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { MessageChannel, Worker } from "node:worker_threads"
import { PrelabError } from "../error.js"
import { Backpressure } from "./backpressure.js"
import type { FromCells, ToCells, WorkerStart } from "./bridge.js"
import type { Cells, ProvidedModule } from "./cells.js"
import { compilerVersion } from "./compiler-version.js"
import { readConnection } from "./connection.js"
import { historyFile } from "./data-dirs.js"
import { DebugLink } from "./debug/debug-link.js"
import { exitProcess } from "./exit.js"
import { hear, stopBytes } from "./interrupter.js"
import { cellLanguage } from "./language/cell-language.js"
import type { LanguageStart } from "./language/language-worker.js"
import { log } from "./log.js"
import { watchChildren } from "./run/children.js"
import { hideStopChecks } from "./run/function-texts.js"
import { LanguageClient } from "./run/language-client.js"
import { printPromisesPlainly } from "./run/plain-promises.js"
import { watchTimers } from "./run/timers.js"
import { TypeScriptCells } from "./run/typescript-cells.js"
import * as scope from "./scope.js"
import { Session } from "./session.js"
import * as tslab from "./tslab-module.js"

export { Comm, Comms, openComm, registerCommTarget } from "./comm.js"
export { throwIfStopped } from "./context.js"
export { describeInstallation, type InstallationReport } from "./describe-installation.js"
export {
  type Installed,
  type InstallOptions,
  type InstallScope,
  installKernel,
  type PlaceOptions,
  uninstallKernel,
} from "./install.js"
export { type Displayable, displaySymbol } from "./mime-bundle.js"
export * from "./scope.js"
export { chooseTransport } from "./transport/choose-transport.js"

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
  const language = cellLanguage()
  const stop = new SharedArrayBuffer(stopBytes)
  const backlog = new SharedArrayBuffer(4)
  const typing = new MessageChannel()
  const debug = new MessageChannel()
  const attached = new SharedArrayBuffer(4)
  const workerData: WorkerStart = {
    connectionFile,
    version,
    banner: options.banner ?? `prelab ${version}: ${named[language]} on Node ${process.version}`,
    language,
    languageVersion: compilerVersion(withTslab),
    features: ["kernel subshells", "debugger"],
    stop,
    backlog,
    historyFile: historyFile(),
    debug: { port: debug.port1, attached },
    ...(withTslab ? {} : { typing: typing.port1 }),
  }
  const worker = new Worker(new URL("./protocol-worker.js", import.meta.url), {
    workerData,
    transferList: withTslab ? [debug.port1] : [typing.port1, debug.port1],
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  })
  endWith(worker, "protocol")
  // A worker's message that comes while nobody listens is gone, and with it a cell sent while this thread still loads.
  const early: ToCells[] = []
  const keep = (message: ToCells) => void early.push(message)
  worker.on("message", keep)
  // Without a listener SIGINT would end the process; below a running cell it stops the cell.
  process.on("SIGINT", () => {})

  const link = new DebugLink({ port: debug.port2, attached })
  const flag = new Int32Array(stop)
  const cells = await startCells(withTslab, flag, typing, link)
  const backpressure = new Backpressure(backlog)
  const post = (message: FromCells, moved: ArrayBuffer[] = []) => {
    worker.postMessage(message, moved)
    backpressure.leaving(message)
  }
  let prepared = () => {}
  const session = new Session(
    cells,
    post,
    new Promise((resolve) => {
      prepared = resolve
    }),
  )
  worker.off("message", keep)
  const receive = (message: ToCells) => {
    hear(flag, message)
    session.receive(message)
  }
  worker.on("message", receive)
  for (const message of early) receive(message)
  watchTimers()
  watchChildren()
  printPromisesPlainly()
  hideStopChecks()
  await cells.prepare(await providedModules(helpers))
  prepared()
}

async function startCells(
  withTslab: boolean,
  stop: Int32Array,
  typing: MessageChannel,
  debug: DebugLink,
): Promise<Cells> {
  if (withTslab) return new (await import("./tslab-cells.js")).TslabCells(stop)
  const sync = new MessageChannel()
  const answered = new SharedArrayBuffer(4)
  const workerData: LanguageStart = { typing: typing.port2, sync: sync.port2, answered }
  const worker = new Worker(new URL("./language/language-worker.js", import.meta.url), {
    workerData,
    transferList: [typing.port2, sync.port2],
    // A check leaves much behind; collecting it often costs little, and a thread keeps what it once had.
    resourceLimits: { maxYoungGenerationSizeMb: 24 },
  })
  endWith(worker, "language")
  return new TypeScriptCells(new LanguageClient(worker, sync.port1, new Int32Array(answered)), stop, debug)
}

/** A kernel without one of its threads answers nobody: its front end starts a new one. */
function endWith(worker: Worker, name: string): void {
  worker.on("error", (error) => {
    // An error of the reader's loses its class between threads, and keeps its name.
    const isReaders = error.name === "PrelabError"
    log(isReaders ? error.message : `${name} thread failed: ${error.stack ?? error}`)
    exitProcess(isReaders ? 2 : 1)
  })
}

/** The kernel's own verbs come last: a library that exports the same name means the same. */
async function providedModules(helpers: HelperModule | undefined): Promise<ProvidedModule[]> {
  const here = dirname(fileURLToPath(import.meta.url))
  const own: ProvidedModule[] = [
    {
      specifier: "@prelab/cell/scope",
      namespace: scope,
      folder: here,
      types: join(here, "scope.d.ts"),
      inScope: { values: true, types: false },
    },
    {
      specifier: "tslab",
      namespace: tslab,
      folder: here,
      types: join(here, "tslab-module.d.ts"),
      inScope: { values: false, types: false },
    },
  ]
  if (!helpers) return own
  const { module: specifier, packageRoot: folder } = helpers
  const { types } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { types?: string }
  return [
    {
      specifier,
      namespace: await helpers.namespace,
      folder,
      types: join(folder, types ?? "index.d.ts"),
      inScope: { values: true, types: true },
    },
    ...own,
  ]
}
