import type { Experimental } from "./experimental.js"

/** A kernel that computes in a cell answers late; one that is gone never does. */
const patienceMs = 60_000

interface Response {
  readonly value?: unknown
  readonly error?: string
  readonly buffer_paths?: (string | number)[][]
}

/**
 * Asks the kernel to run one of the widget's commands, and gives its answer; binary values of it are DataViews. For a
 * message with binary values there is `askWithBytes`.
 *
 * @throws Error with the kernel's words when the command failed, and when no answer came in a minute
 */
export async function ask<Answer>(
  experimental: Experimental,
  name: string,
  message: unknown = null,
  sent: DataView[] = [],
): Promise<Answer> {
  const options = { signal: AbortSignal.timeout(patienceMs), buffers: sent }
  const [response, buffers] = (await experimental.invoke(name, message, options).catch((cause: Error) => {
    // After a restart JupyterLab says "Cannot send", which tells a reader nothing.
    throw new Error(`no answer from the kernel: ${cause.message}`, { cause })
  })) as [Response, DataView[]]
  if (response.error !== undefined) throw new Error(response.error)
  const answer = { ...response } as Record<string | number, unknown>
  response.buffer_paths?.forEach((path, i) => {
    let place = answer
    for (const key of path.slice(0, -1)) place = place[key] as typeof place
    place[path.at(-1)!] = buffers[i]
  })
  return answer.value as Answer
}
