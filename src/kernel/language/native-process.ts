import type { FileChanges, NativeApi, Project, Snapshot } from "./native-api.js"
import type { NativeCompiler } from "./native-compiler.js"

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
    before?.dispose()
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
