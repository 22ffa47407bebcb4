import "../node/globals.js"
import "./carry.js"
import { setProgressOutput } from "../../figures/index.js"
import * as prelab from "../../index.js"
import type { FromCells } from "../../kernel/bridge.js"
import type { ProvidedModule } from "../../kernel/cells.js"
import { context, throwIfStopped } from "../../kernel/context.js"
import { display, updateDisplay } from "../../kernel/display.js"
import { Interrupted } from "../../kernel/error-frame.js"
import { log } from "../../kernel/log.js"
import { showFunctionsAsWritten } from "../../kernel/run/function-texts.js"
import { watchTimers } from "../../kernel/run/timers.js"
import { TypeScriptCells } from "../../kernel/run/typescript-cells.js"
import * as scope from "../../kernel/scope.js"
import { Session } from "../../kernel/session.js"
import { hear, mustStop, places, type StopFlag } from "../../kernel/stop-flag.js"
import * as tslab from "../../kernel/tslab-module.js"
import { setStopCheck } from "../../stop.js"
import { setAssets } from "../assets.js"
import { setDrive } from "../drive.js"
import { mountFiles } from "../mount-files.js"
import { setFolder } from "../node/globals.js"
import { packageFolder } from "../tree.js"
import type { CellsStart, FromProtocolWorker } from "./cells-start.js"
import { printToProcess } from "./console.js"
import { LanguageClient } from "./language-client.js"
import { setCdn } from "./packages.js"
import { AskingStopFlag } from "./stop-flag.js"

// The worker with the cells of a kernel in JupyterLite: what startKernel is for a process of Node.

function providedModules(): ProvidedModule[] {
  const kernel = `${packageFolder}/dist/kernel`
  const provided = (
    specifier: string,
    namespace: object,
    folder: string,
    types: string,
    inScope: boolean,
  ) => ({
    ...{ specifier, namespace, folder, types: `${packageFolder}/dist/${types}` },
    inScope: { values: inScope, types: specifier === "prelab" },
  })
  return [
    provided("prelab", prelab, packageFolder, "index.d.ts", true),
    provided("@prelab/cell/scope", scope, kernel, "kernel/scope.d.ts", true),
    provided("tslab", tslab, kernel, "kernel/tslab-module.d.ts", false),
  ]
}

/** Work of the library between its steps: what computes reads no message, but it can look at the flag. */
function stopByFlag(flag: StopFlag): void {
  setStopCheck(() => {
    throwIfStopped()
    if (flag[places.last] !== 0 && mustStop(flag, context.getStore()?.cell)) throw new Interrupted()
  })
}

/** What the library reads of its own package. */
async function mountPackage(base: string): Promise<void> {
  const address = new URL("files.json", base)
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${response.status} ${address}`)
  mountFiles(await response.arrayBuffer())
}

async function start({ protocol, language, drive, stop, folder, base, cdn }: CellsStart): Promise<void> {
  setFolder(folder)
  setDrive(drive)
  setCdn(cdn)
  setAssets(new URL("assets/", base).href)
  const asking = stop ? undefined : new AskingStopFlag()
  const flag: StopFlag = stop ? new Int32Array(stop) : asking!
  stopByFlag(flag)
  // Structurally the same, but for the ports that Node's own has.
  const client = new LanguageClient(language) as never
  const cells = new TypeScriptCells(client, flag)
  const post = (message: FromCells, moved: ArrayBuffer[] = []) => {
    if (message.type === "reply") asking?.end(message.id)
    protocol.postMessage(message, moved)
  }
  printToProcess()
  setProgressOutput(() => ({ display, updateDisplay }))
  const mounted = mountPackage(base).catch((error) =>
    log(`files of the package are missing: ${error.message}`),
  )
  const ready = Promise.all([mounted, cells.prepare(providedModules())])
  const session = new Session(
    cells,
    post,
    ready.then(() => undefined),
  )
  watchTimers()
  showFunctionsAsWritten()
  protocol.onmessage = ({ data }: MessageEvent<FromProtocolWorker>) => {
    if (data.type === "stopUrl") {
      if (asking) asking.url = data.url
      return
    }
    if (data.type === "execute") asking?.begin(data.id)
    hear(flag, data)
    session.receive(data)
  }
}

self.onmessage = ({ data }: MessageEvent<CellsStart>) => void start(data)
