import type { Experimental } from "./experimental.js"

/** A kernel that computes in a cell answers late; one that is gone never does. */
const patienceMs = 60_000

interface Response {
  readonly value?: unknown
  readonly error?: string
  readonly buffer_paths?: (string | number)[][]
}

/**
 * Asks the kernel to run one of the widget's commands, and gives its answer. Binary values travel as such at any depth: typed arrays of the
 * message, and DataViews in the answer.
 *
 * @throws Error with the kernel's words when the command failed, and when no answer came in a minute
 */
export async function ask<Answer>(
  experimental: Experimental,
  name: string,
  message: unknown = null,
): Promise<Answer> {
  const signal = AbortSignal.timeout(patienceMs)
  const [msg, sent] = withoutBuffers(message)
  const options = { signal, buffers: sent }
  const [response, buffers] = (await experimental.invoke(name, msg, options)) as [Response, DataView[]]
  if (response.error !== undefined) throw new Error(response.error)
  const answer = { ...response } as Record<string | number, unknown>
  response.buffer_paths?.forEach((path, i) => {
    let place = answer
    for (const key of path.slice(0, -1)) place = place[key] as typeof place
    place[path.at(-1)!] = buffers[i]
  })
  return answer.value as Answer
}

/** A message whose binary values stand beside it, with the paths that lead to their places, as the kernel's side reads it. */
function withoutBuffers(message: unknown): [message: unknown, buffers: DataView[]] {
  const buffers: DataView[] = []
  const paths: (string | number)[][] = []
  const take = (value: unknown, path: (string | number)[]): unknown => {
    if (ArrayBuffer.isView(value)) {
      buffers.push(new DataView(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength))
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
