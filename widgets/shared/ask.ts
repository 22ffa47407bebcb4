import type { Experimental } from "./experimental.js"

/** A kernel that computes in a cell answers late; one that is gone never does. */
const patienceMs = 60_000

/** Jupyter's server closes the connection of a page that sends more than 10 MiB at once. */
const mostBytes = 4 * 2 ** 20

interface Response {
  readonly value?: unknown
  readonly error?: string
  readonly buffer_paths?: (string | number)[][]
}

/**
 * Asks the kernel to run one of the widget's commands, and gives its answer. Binary values travel as such at any depth and of any size:
 * typed arrays of the message, and DataViews in the answer.
 *
 * @throws Error with the kernel's words when the command failed, and when no answer came in a minute
 */
export async function ask<Answer>(
  experimental: Experimental,
  name: string,
  message: unknown = null,
): Promise<Answer> {
  const [msg, sent] = withoutBuffers(message)
  const isLarge = sent.reduce((sum, { byteLength }) => sum + byteLength, 0) > mostBytes
  const [response, buffers] = isLarge
    ? await invoke(
        experimental,
        name,
        { ...(msg as object), _parts: await sendParts(experimental, sent) },
        [],
      )
    : await invoke(experimental, name, msg, sent)
  if (response.error !== undefined) throw new Error(response.error)
  const answer = { ...response } as Record<string | number, unknown>
  response.buffer_paths?.forEach((path, i) => {
    let place = answer
    for (const key of path.slice(0, -1)) place = place[key] as typeof place
    place[path.at(-1)!] = buffers[i]
  })
  return answer.value as Answer
}

async function invoke(experimental: Experimental, name: string, msg: unknown, buffers: DataView[]) {
  const options = { signal: AbortSignal.timeout(patienceMs), buffers }
  return (await experimental.invoke(name, msg, options)) as [Response, DataView[]]
}

/** Sends buffers ahead of the message that they belong to, in parts that the server lets through. */
async function sendParts(experimental: Experimental, buffers: DataView[]) {
  const id = `${Date.now()}-${Math.random()}`
  for (const { buffer, byteOffset, byteLength } of buffers)
    for (let at = 0; at < byteLength; at += mostBytes) {
      const part = new DataView(buffer, byteOffset + at, Math.min(mostBytes, byteLength - at))
      await invoke(experimental, "_part", id, [wholly(part)])
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

/** JupyterLab sends all of the memory that a view looks into, whatever part of it the view has: what it gets has to have all of its own. */
function wholly({ buffer, byteOffset, byteLength }: ArrayBufferView): DataView<ArrayBuffer> {
  const isWhole = byteLength === buffer.byteLength
  return new DataView((isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer)
}
