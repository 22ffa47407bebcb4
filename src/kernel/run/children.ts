import childProcess, { ChildProcess, type SpawnSyncReturns } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { context } from "../context.js"

interface SpawnOptions {
  stdio?: unknown
  envPairs?: unknown
}

interface Spawning {
  spawn(this: ChildProcess, options: SpawnOptions): unknown
}

/**
 * Programs that a cell starts belong to it: what they write to the terminal they were given (`stdio: "inherit"`)
 * appears below the cell, and a Stop ends them.
 */
export function watchChildren(): void {
  const prototype = ChildProcess.prototype as unknown as Spawning
  const { spawn } = prototype
  prototype.spawn = function (options) {
    const own = context.getStore()
    if (!own) return spawn.call(this, options)
    const { stdio, inherited } = withoutInherit(options.stdio)
    const result = spawn.call(this, inherited.length > 0 ? { ...options, stdio } : options)
    own.activity.begin({ child: this })
    this.once("exit", () => own.activity.end({ child: this }))
    // The same context as the cell's: what arrives is shown below it.
    if (inherited.includes(1)) this.stdout?.on("data", (data) => process.stdout.write(data))
    if (inherited.includes(2)) this.stderr?.on("data", (data) => process.stderr.write(data))
    for (const fd of inherited) withoutStream(this, fd)
    return result
  }
  for (const name of ["spawnSync", "execFileSync", "execSync"] as const) watchSync(name)
  syncBuiltinESMExports()
}

/** As Node has it of a child whose output is not piped. */
function withoutStream(child: ChildProcess, fd: number): void {
  Object.assign(child, { [fd === 1 ? "stdout" : "stderr"]: null })
  // None where the system had no descriptors left.
  Object.assign(child.stdio ?? [], { [fd]: null })
}

/** A synchronous child's output can only be shown when it has ended. */
function watchSync(name: "spawnSync" | "execFileSync" | "execSync"): void {
  const original = childProcess[name] as (...args: unknown[]) => unknown
  const watched = (...args: unknown[]): unknown => {
    const options = args.find((arg) => arg !== null && typeof arg === "object" && !Array.isArray(arg)) as
      | SpawnOptions
      | undefined
    const { stdio, inherited } = withoutInherit(options?.stdio)
    if (!context.getStore() || !options || inherited.length === 0) return original(...args)
    // Of a command that succeeds, these two give only what it printed.
    const errors = name !== "spawnSync" && inherited.includes(2) ? new WrittenErrors() : undefined
    if (errors) stdio[2] = errors.fd
    const changed = args.map((arg) => (arg === options ? { ...options, stdio } : arg))
    const show = (stdout: unknown, stderr: unknown) => {
      if (inherited.includes(1) && stdout) process.stdout.write(stdout as string)
      if (inherited.includes(2) && stderr) process.stderr.write(stderr as string)
    }
    try {
      const result = original(...changed)
      if (name === "spawnSync") {
        const { stdout, stderr } = result as SpawnSyncReturns<string>
        show(stdout, stderr)
        return result
      }
      show(result, undefined)
      return inherited.includes(1) ? null : result
    } catch (error) {
      const { stdout, stderr } = error as Partial<SpawnSyncReturns<string>>
      show(stdout, stderr)
      throw error
    } finally {
      const written = errors?.take()
      if (written?.length) process.stderr.write(written)
    }
  }
  Object.assign(childProcess, { [name]: watched })
}

/** What a synchronous child writes to its standard error, in a file of its own. */
class WrittenErrors {
  readonly #folder = mkdtempSync(join(tmpdir(), "prelab-child-"))
  readonly #file = join(this.#folder, "stderr")
  readonly fd = openSync(this.#file, "w")

  take(): Buffer {
    closeSync(this.fd)
    const written = readFileSync(this.#file)
    rmSync(this.#folder, { recursive: true })
    return written
  }
}

/** The same stdio with pipes in place of our own output and errors, and which those were. */
function withoutInherit(stdio: unknown): { stdio: unknown[]; inherited: number[] } {
  const all: unknown[] = Array.isArray(stdio) ? [...stdio] : [stdio, stdio, stdio]
  const inherited = [1, 2].filter((fd) => isInherited(all[fd], fd))
  for (const fd of inherited) all[fd] = "pipe"
  return { stdio: all, inherited }
}

function isInherited(value: unknown, fd: number): boolean {
  return value === "inherit" || value === fd || value === (fd === 1 ? process.stdout : process.stderr)
}
