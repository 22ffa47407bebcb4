import { ask } from "./ask.js"
import type { Experimental } from "./experimental.js"

/** Jupyter's server closes the connection of a page that sends more than 10 MiB at once. */
const mostBytes = 4 * 2 ** 20

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
  const isLarge = sent.reduce((sum, { byteLength }) => sum + byteLength, 0) > mostBytes
  if (!isLarge) return ask(experimental, name, msg, sent)
  return ask(experimental, name, { ...(msg as object), _parts: await sendParts(experimental, sent) })
}

/** Sends buffers ahead of the message that they belong to, in parts that the server lets through. */
async function sendParts(experimental: Experimental, buffers: DataView[]) {
  const id = `${Date.now()}-${Math.random()}`
  for (const { buffer, byteOffset, byteLength } of buffers)
    for (let at = 0; at < byteLength; at += mostBytes) {
      const part = new DataView(buffer, byteOffset + at, Math.min(mostBytes, byteLength - at))
      await ask(experimental, "_part", id, [wholly(part)])
    }
  return { id, sizes: buffers.map(({ byteLength }) => byteLength) }
}

/** A message whose binary values stand beside it, with the paths that lead to their places, as the kernel's side reads it. */
function withoutBuffers(message: unknown): [message: unknown, buffers: DataView[]] {
  const buffers: DataView[] = []
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
