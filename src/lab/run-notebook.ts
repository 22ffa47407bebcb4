import { dirname, resolve } from "node:path"
import { CellOutputs } from "./cell-outputs.js"
import { kernelCommand, kernelNameOf } from "./kernel-argv.js"
import type { KernelClient } from "./kernel-client.js"
import { startLocalKernel } from "./local-kernel.js"
import {
  type CodeCell,
  type Data,
  isCode,
  type Notebook,
  readNotebook,
  tagsOf,
  writeNotebook,
} from "./notebook.js"
import { withParameters } from "./parameters.js"
import { WidgetStates } from "./widget-states.js"

export interface RunOptions {
  /** Where the notebook with its outputs is written; the notebook itself by default. */
  output?: string | undefined
  /** Names and values, each JSON or a plain string. */
  parameters?: ReadonlyMap<string, string> | undefined
  /** A running Jupyter server to run on instead of a kernel of our own. */
  server?: { url: string; token: string } | undefined
  /** Told before each code cell: its number and how many there are. */
  onCell?: ((number: number, total: number) => void) | undefined
  /** Aborting interrupts the running cell. */
  signal?: AbortSignal | undefined
}

export interface CellFailure {
  /** The cell's number among all cells as a reader counts them, from 1. */
  cell: number
  ename: string
  evalue: string
  traceback: string[]
}

export interface RunReport {
  output: string
  /** Code cells that were run. */
  cells: number
  failure?: CellFailure
}

/**
 * Runs a notebook's code cells in order and writes it with their outputs, up to the first cell that fails.
 * Tags mean what they mean elsewhere: `skip-execution` is left out, `raises-exception` may fail.
 * @throws PrelabError where the notebook cannot be read, its kernel not be started, or the result not be written
 */
export async function runNotebook(file: string, options: RunOptions = {}): Promise<RunReport> {
  const notebook = withParameters(await readNotebook(file), options.parameters ?? new Map())
  const kernel = await connect(file, notebook, options.server)
  const output = options.output ?? file
  try {
    const run = new Run(notebook, kernel)
    const result = await run.all(options)
    await writeNotebook(output, run.written())
    return { output, ...result }
  } finally {
    await kernel.close()
  }
}

async function connect(
  file: string,
  notebook: Notebook,
  server: RunOptions["server"],
): Promise<KernelClient> {
  const name = kernelNameOf(notebook)
  if (!server) return startLocalKernel(kernelCommand(name), dirname(resolve(file)))
  const { startServerKernel } = await import("./server-kernel.js")
  return startServerKernel(server, name, file)
}

class Run {
  readonly #outputs = new CellOutputs()
  readonly #widgets = new WidgetStates()
  #onEnd: ((request: string, reply: Data) => void) | undefined

  constructor(
    readonly notebook: Notebook,
    readonly kernel: KernelClient,
  ) {
    for (const cell of notebook.cells.filter(isCode)) clear(cell)
    const replies = new Map<string, Data>()
    const idle = new Set<string>()
    kernel.onMessage = (message) => {
      const { channel, type, parent = "", content } = message
      if (channel === "iopub") {
        this.#outputs.receive(message)
        this.#widgets.receive(message)
      }
      if (type === "execute_reply") replies.set(parent, content)
      if (type === "status" && content.execution_state === "idle") idle.add(parent)
      // Reply and idle come by different sockets, in any order; outputs are complete only with idle.
      const reply = replies.get(parent)
      if (reply && idle.has(parent)) this.#onEnd?.(parent, reply)
    }
  }

  async all({ onCell, signal }: RunOptions): Promise<{ cells: number; failure?: CellFailure }> {
    const cells = this.notebook.cells
    const toRun = cells
      .filter(isCode)
      .filter((cell) => cell.source.trim() && !tagsOf(cell).includes("skip-execution"))
    const interrupt = () => void this.kernel.interrupt()
    signal?.addEventListener("abort", interrupt)
    try {
      for (const [index, cell] of toRun.entries()) {
        onCell?.(index + 1, toRun.length)
        const reply: Data = signal?.aborted ? { status: "aborted" } : await this.#execute(cell)
        if (reply.status !== "ok" && !tagsOf(cell).includes("raises-exception"))
          return { cells: index + 1, failure: { cell: cells.indexOf(cell) + 1, ...errorOf(reply) } }
      }
    } finally {
      signal?.removeEventListener("abort", interrupt)
    }
    return { cells: toRun.length }
  }

  async #execute(cell: CodeCell): Promise<Data> {
    const request = this.kernel.execute(cell.source, cell.id)
    this.#outputs.expect(request, cell)
    const ended = new Promise<Data>((resolve) => {
      this.#onEnd = (of, reply) => {
        if (of === request) resolve(reply)
      }
    })
    const reply: Data = await Promise.race([
      ended,
      this.kernel.died.then((reason) => ({
        status: "error",
        ename: "KernelDied",
        evalue: reason,
        traceback: [],
      })),
    ])
    if (typeof reply.execution_count === "number") cell.execution_count = reply.execution_count
    return reply
  }

  /** The notebook as it is to be written now. */
  written(): Notebook {
    const metadata = this.#widgets.storedIn({
      ...this.notebook.metadata,
      language_info: this.kernel.languageInfo,
    })
    return { ...this.notebook, metadata }
  }
}

/** What an earlier run left in a cell; its times would not be true any more. */
function clear(cell: CodeCell): void {
  cell.outputs = []
  cell.execution_count = null
  delete cell.metadata.execution
}

function errorOf({ ename, evalue, traceback }: Data): Omit<CellFailure, "cell"> {
  return {
    ename: String(ename ?? "Interrupted"),
    evalue: String(evalue ?? ""),
    traceback: Array.isArray(traceback) ? traceback : [],
  }
}
