import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Backpressure } from "./backpressure.js"
import type { FromCells } from "./bridge.js"
import type { Cells, ProvidedModule } from "./cells.js"
import { lookForStopIn } from "./context.js"
import { DebugLink, type DebugWires } from "./debug/debug-link.js"
import type { ProtocolThread } from "./protocol-thread.js"
import { watchChildren } from "./run/children.js"
import { showFunctionsAsWritten } from "./run/function-texts.js"
import type { LanguageClient } from "./run/language-client.js"
import { printPromisesPlainly } from "./run/plain-promises.js"
import { askOnStdin } from "./run/standard-input.js"
import { watchTimers } from "./run/timers.js"
import { TypeScriptCells } from "./run/typescript-cells.js"
import * as scope from "./scope.js"
import { Session } from "./session.js"
import type { HelperModule } from "./start-kernel.js"
import { hear } from "./stop-flag.js"
import * as tslab from "./tslab-module.js"

/** What the thread with the cells needs of those that have started it. */
export interface CellsStart {
  protocol: ProtocolThread
  /** Without it cells are compiled and run as tslab does it, in this thread. */
  language: LanguageClient | undefined
  /** Shared memory, see `WorkerStart`. */
  stop: Int32Array
  backlog: SharedArrayBuffer
  debug: DebugWires
  helpers: HelperModule | undefined
}

/** Makes the caller's thread the one that runs cells. */
export async function serveCells(start: CellsStart): Promise<void> {
  const { protocol, helpers } = start
  const cells = await makeCells(start)
  const backpressure = new Backpressure(start.backlog)
  const post = (message: FromCells, moved?: ArrayBuffer[]) => {
    protocol.post(message, moved)
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
  protocol.deliverTo((message) => {
    hear(start.stop, message)
    session.receive(message)
  })
  lookForStopIn(start.stop)
  watchTimers()
  watchChildren()
  askOnStdin()
  printPromisesPlainly()
  showFunctionsAsWritten()
  await cells.prepare(await providedModules(helpers))
  prepared()
}

async function makeCells({ language, stop, debug }: CellsStart): Promise<Cells> {
  if (!language) return new (await import("./tslab-cells.js")).TslabCells(stop)
  return new TypeScriptCells(language, stop, new DebugLink(debug))
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
