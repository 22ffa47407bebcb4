// What cells in a browser have of Node without an import, see src/lite/node/globals.ts. Stands where @types/node
// would; what is imported from Node's modules is `any`.

interface Process {
  readonly browser: true
  readonly env: NodeJS.ProcessEnv
  readonly argv: string[]
  readonly platform: string
  readonly pid: number
  readonly version: string
  readonly versions: Readonly<Record<string, string>>
  readonly hrtime: { bigint(): bigint }
  readonly stdout: { write(text: string): void }
  readonly stderr: { write(text: string): void }
  cwd(): string
  nextTick<T extends unknown[]>(callback: (...args: T) => void, ...args: T): void
  memoryUsage(): { rss: number; heapUsed: number }
  on(event: string, listener: (...args: never[]) => void): this
  off(event: string, listener: (...args: never[]) => void): this
  exit(code?: number): never
}

declare namespace NodeJS {
  type ProcessEnv = Record<string, string | undefined>
  type Timeout = number
  type Immediate = number
}

declare var process: Process
declare var global: typeof globalThis
declare var Buffer: typeof import("buffer").Buffer
type Buffer = import("buffer").Buffer

declare function setImmediate<T extends unknown[]>(
  callback: (...args: T) => void,
  ...args: T
): NodeJS.Immediate
declare function clearImmediate(immediate: NodeJS.Immediate | undefined): void

// biome-ignore lint/suspicious/noExplicitAny: what a module exports is not known
declare var require: (specifier: string) => any
// biome-ignore lint/suspicious/noExplicitAny: it is whatever is assigned to it
declare var module: { exports: any }
declare var exports: Record<string, unknown>
declare const __filename: string
declare const __dirname: string

interface ImportMeta {
  readonly filename: string
  readonly dirname: string
}
