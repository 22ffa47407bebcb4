import { StringDecoder } from "node:string_decoder"
import type { StreamName } from "./bridge.js"

/**
 * Sends what is written to process.stdout and process.stderr, and so all of console, to `write` instead. Every
 * write goes at once: a timer here would never fire in a loop, and live output would wait for its end.
 */
export function captureOutput(write: (name: StreamName, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8")
    const captured = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
      const text =
        typeof chunk === "string"
          ? chunk
          : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
      if (text !== "") write(name, text)
      const callback = typeof encoding === "function" ? encoding : done
      if (typeof callback === "function") process.nextTick(callback as () => void)
      return true
    }
    process[name].write = captured as typeof process.stdout.write
  }
}
