import { Buffer } from "buffer"
import { driveFolder } from "../tree.js"

// What Node's code finds without an import. The first import of every bundle for a worker.

/** Where relative paths begin: the folder of the notebook. */
let folder = driveFolder

export function setFolder(path: string): void {
  folder = path
}

/** Of the events that a process has, those that a worker has too. Whoever listens has dealt with the error. */
function listen(event: string, listener: (error: unknown) => void): void {
  if (event === "uncaughtException")
    self.addEventListener("error", (thrown) => {
      thrown.preventDefault()
      listener(thrown.error)
    })
  if (event === "unhandledRejection")
    self.addEventListener("unhandledrejection", (rejected) => {
      rejected.preventDefault()
      listener(rejected.reason)
    })
}

const process = {
  // What asks for it takes the ways of browsers.
  browser: true,
  env: {} as Record<string, string | undefined>,
  argv: [] as string[],
  execArgv: [] as string[],
  platform: "browser",
  pid: 1,
  /** The version whose JavaScript library is meant by it. */
  version: "v22.0.0",
  versions: { node: "22.0.0" },
  cwd: () => folder,
  nextTick: (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    queueMicrotask(() => callback(...args)),
  emitWarning: (warning: unknown) => console.warn(warning),
  hrtime: { bigint: () => BigInt(Math.round(performance.now() * 1e6)) },
  memoryUsage: () => ({ rss: 0, heapUsed: 0 }),
  stdout: { write: (text: string) => console.log(text) },
  stderr: { write: (text: string) => console.warn(text) },
  on: (event: string, listener: (error: unknown) => void) => {
    listen(event, listener)
    return process
  },
  off: (_event: string, _listener: unknown) => process,
  exit: (_code?: number): void => undefined,
}

const immediate = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
  setTimeout(() => callback(...args), 0)

Object.assign(globalThis, {
  process,
  Buffer,
  global: globalThis,
  setImmediate: immediate,
  clearImmediate: clearTimeout,
})
