import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { Backpressure } from "./backpressure.js"
import type { FromCells, ToCells, WorkerStart } from "./bridge.js"
import type { ProvidedModule } from "./cells.js"
import { compilerVersion } from "./compiler-version.js"
import { readConnection } from "./connection.js"
import { historyFile } from "./data-dirs.js"
import { log } from "./log.js"
import * as scope from "./scope.js"
import { Session } from "./session.js"

export { Comm, Comms, openComm, registerCommTarget } from "./comm.js"
export {
  describeInstallation,
  type InstallationReport,
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

/**
 * Runs the kernel that a connection file describes until it is shut down. The caller's thread becomes the one
 * that runs cells; a second one speaks the protocol. Throws a PrelabError for a connection file it cannot use.
 */
export async function startKernel(options: KernelOptions): Promise<void> {
  const { connectionFile, helpers, version = "0.0.0" } = options
  readConnection(connectionFile)
  const stop = new SharedArrayBuffer(8)
  const backlog = new SharedArrayBuffer(4)
  const workerData: WorkerStart = {
    connectionFile,
    version,
    banner: options.banner ?? `prelab ${version}: TypeScript on Node ${process.version}`,
    languageVersion: compilerVersion(),
    stop,
    backlog,
    historyFile: historyFile(),
  }
  const worker = new Worker(new URL("./protocol-worker.js", import.meta.url), { workerData })
  worker.on("error", (error) => {
    // An error of the reader's loses its class between threads, and keeps its name.
    if (error.name === "PrelabError") {
      log(error.message)
      process.exit(2)
    }
    log(`protocol thread failed: ${error.stack ?? error}`)
    process.exit(1)
  })
  // A worker's message that comes while nobody listens is gone, and with it a cell sent while this thread still loads.
  const early: ToCells[] = []
  const keep = (message: ToCells) => void early.push(message)
  worker.on("message", keep)
  // Without a listener SIGINT would end the process; below a running cell it stops the cell.
  process.on("SIGINT", () => {})

  const { TslabCells } = await import("./tslab-cells.js")
  const cells = new TslabCells(new Int32Array(stop))
  const backpressure = new Backpressure(backlog)
  const post = (message: FromCells) => {
    worker.postMessage(message)
    if (message.type === "stream") backpressure.leaving(message.text.length)
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
  worker.on("message", (message: ToCells) => session.receive(message))
  for (const message of early) session.receive(message)
  await cells.prepare(await providedModules(helpers))
  prepared()
}

/** The kernel's own verbs come last: a library that exports the same name means the same. */
async function providedModules(helpers: HelperModule | undefined): Promise<ProvidedModule[]> {
  const here = dirname(fileURLToPath(import.meta.url))
  const own = {
    specifier: "@prelab/cell/scope",
    namespace: scope,
    forward: { name: "@prelab/cell", folder: here },
  }
  if (!helpers) return [own]
  const { module: specifier, packageRoot } = helpers
  const namespace = await helpers.namespace
  return [
    { specifier, namespace, forward: { name: specifier, folder: packageRoot }, typesRoot: packageRoot },
    own,
  ]
}
