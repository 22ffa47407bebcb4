import { Readable } from "node:stream"
import { type Context, context } from "../context.js"
import { host } from "../host.js"

/** The one that has nothing to do with cells: timers of cells are, and a Stop ends them. */
const { setImmediate } = globalThis

/**
 * Makes `process.stdin` in a cell what the reader types there, line by line: readline's questions, prompts of libraries,
 * loops over lines. Each cell has its own, as one that was read to its end or closed stays so.
 */
export function askOnStdin(): void {
  const own = Object.getOwnPropertyDescriptor(process, "stdin")!
  const streams = new WeakMap<Context, Readable>()
  Object.defineProperty(process, "stdin", {
    ...own,
    get: () => {
      const cell = context.getStore()
      if (!cell) return own.get!.call(process)
      if (!streams.has(cell)) streams.set(cell, linesOf(cell))
      return streams.get(cell)
    },
  })
}

/** What `import { stdin } from "node:process"` gives in cells: Node's own namespace has the stream that it began with. */
export function processNamespace(own: object): object {
  const entries = Object.entries(Object.getOwnPropertyDescriptors(own))
  return Object.defineProperties(Object.create(null), {
    ...Object.fromEntries(entries),
    stdin: { get: () => process.stdin, enumerable: true },
  })
}

function linesOf(cell: Context): Readable {
  const ask = async () => {
    try {
      stream.push(`${await context.run(cell, () => host("process.stdin").input("", false))}\n`)
    } catch {
      // The reader has ended it, or the cell is over, or nobody can be asked: the input of a program without a terminal.
      stream.push(null)
    }
  }
  let wanted = false
  // Who has got the line that it wanted closes or pauses the stream now: then nothing more is asked for.
  const askSoon = () =>
    setImmediate(() => {
      const isRead = stream.readableFlowing === true || stream.listenerCount("readable") > 0
      if (!wanted || !isRead || stream.destroyed) return
      wanted = false
      void ask()
    })
  const stream = new Readable({
    read: () => {
      wanted = true
      askSoon()
    },
  })
  // Of the process's own, which a child may be given.
  Object.assign(stream, { fd: 0 })
  stream.on("resume", askSoon)
  return stream
}
