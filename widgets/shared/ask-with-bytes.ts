import { cutIntoPieces, mostBytes } from "../../src/widgets/toolkit/parcels.js"
import { ask } from "./ask.js"
import type { Experimental } from "./experimental.js"

/**
 * Asks the kernel as `ask` does, with a message whose typed arrays, at any depth and of any size, travel as binary.
 *
 * @throws Error as `ask`
 */
export async function askWithBytes<Answer>(
  experimental: Experimental,
  name: string,
  message: unknown,
): Promise<Answer> {
  const [msg, sent] = withoutBuffers(message)
  if (sent.reduce((sum, { byteLength }) => sum + byteLength, 0) <= mostBytes)
    return ask(experimental, name, msg, sent)
  const values = sent.map(({ buffer }) => new Uint8Array(buffer))
  let answer: Promise<Answer> | undefined
  for (const { piece, bytes } of cutIntoPieces(`${Date.now()}-${Math.random()}`, msg, values)) {
    // One after the other: the connection is not flooded, and what fails is not sent on.
    await answer
    answer = ask(experimental, name, { _piece: piece }, [new DataView(bytes.buffer)])
  }
  return answer!
}

/** A message whose binary values stand beside it, with the paths that lead to their places, as the kernel's side reads it. */
function withoutBuffers(message: unknown): [message: unknown, buffers: DataView<ArrayBuffer>[]] {
  const buffers: DataView<ArrayBuffer>[] = []
  const paths: (string | number)[][] = []
  const take = (value: unknown, path: (string | number)[]): unknown => {
    if (ArrayBuffer.isView(value)) {
      buffers.push(wholly(value))
      paths.push(path)
      return null
    }
    if (Array.isArray(value)) return value.map((item, i) => take(item, [...path, i]))
    if (value === null || typeof value !== "object") return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, take(item, [...path, key])]))
  }
  const rest = take(message, ["_message"])
  return buffers.length === 0 ? [message, []] : [{ _message: rest, _buffer_paths: paths }, buffers]
}

/**
 * JupyterLab sends all of the memory that a view looks into, whatever part of it the view has: what it gets has to have
 * all of its own.
 */
function wholly({ buffer, byteOffset, byteLength }: ArrayBufferView): DataView<ArrayBuffer> {
  const isWhole = byteLength === buffer.byteLength
  return new DataView((isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer)
}
