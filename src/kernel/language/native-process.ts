import type { FileChanges, NativeApi, Project, Snapshot } from "./native-api.js"
import type { NativeCompiler } from "./native-compiler.js"

/** More programs that nobody needs any more than this are not kept. */
const mostPast = 20

/**
 * One running TypeScript 7 with one project. Its files are what `read` says, and the disk's where that says nothing.
 *
 * Of the callbacks that the API offers only `readFile` is used: each call is a round trip of 50 µs, and to resolve
 * the modules of a small project it asks 360 times whether a file exists.
 */
export class NativeProcess {
  readonly pid: number
  readonly #api: NativeApi
  readonly #config: string
  #snapshot: Snapshot | undefined
  #past: Snapshot[] = []
  #meanwhile: (() => void) | undefined

  constructor(
    compiler: NativeCompiler,
    options: { folder: string; config: string; read: (file: string) => string | undefined },
  ) {
    const { folder, config, read } = options
    this.#config = config
    this.#api = new compiler.Api({ cwd: folder, tsserverPath: compiler.executable, fs: { readFile: read } })
    const { pid } = this.#api.client.channel.child
    if (pid === undefined) throw new Error(`no process: ${compiler.executable}`)
    this.pid = pid
    this.#workBeforeReading()
    // Before the API's own listener, whose SIGTERM makes the process write "context canceled" to stderr.
    process.prependListener("exit", this.#kill)
  }

  /** The project as it was after the last update. */
  get project(): Project {
    const project = this.#snapshot?.getProject(this.#config)
    if (!project) throw new Error(`no project: ${this.#config}`)
    return project
  }

  update(fileChanges: FileChanges): void {
    const before = this.#snapshot
    this.#snapshot = this.#api.updateSnapshot(before ? { fileChanges } : { openProjects: [this.#config] })
    if (before) this.#past.push(before)
    if (this.#past.length > mostPast) this.release()
  }

  /** Lets go of what was before the last updates. Each time is a question of its own, for which nobody should wait. */
  release(): void {
    for (const snapshot of this.#past.splice(0)) snapshot.dispose()
  }

  /** What `question` gets, with `work` done here while the process looks for the answer. */
  during<T>(work: (() => void) | undefined, question: () => T): T {
    this.#meanwhile = work
    try {
      return question()
    } finally {
      this.#meanwhile = undefined
    }
  }

  /** The API's client writes a question and then blocks until the first byte of the answer: between the two there is time. */
  #workBeforeReading(): void {
    const { channel } = this.#api.client
    const read = channel.readTuple
    channel.readTuple = () => {
      const work = this.#meanwhile
      this.#meanwhile = undefined
      try {
        work?.()
      } finally {
        // Whatever became of the work: an answer that nobody reads would be taken for that to the next question.
        read.call(channel)
      }
    }
  }

  /**
   * Asks the process for nothing, because it may be dead or deaf, and kills it: TypeScript 7.0.2, once it has panicked,
   * ends neither with its input nor at a softer signal.
   */
  close(): void {
    process.off("exit", this.#kill)
    this.#kill()
    this.#api.client.close()
  }

  readonly #kill = () => void this.#api.client.channel.child.kill("SIGKILL")
}
