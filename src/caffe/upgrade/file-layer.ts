import { PrelabError } from "../../error.js"
import type { Message } from "../../net/index.js"
import type { Entry } from "../text-format.js"

/** A layer on its way from a file to a net: its message, and where it stands in a prototxt (caffemodels have no lines). */
export interface FileLayer {
  readonly message: Message
  readonly entry?: Entry | undefined
  /** Is the message no longer what the file says? Then the layer is written anew, not copied. */
  readonly upgraded?: boolean
}

/** Runs one step on one layer and gives its errors the layer's line. */
export function onLine<T>({ entry }: FileLayer, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof PrelabError && entry) throw error.at({ line: entry.line })
    throw error
  }
}

/** A repeated field as an array: empty where it is absent. */
export function repeated<T>(message: Message, field: string): readonly T[] {
  return (message[field] as readonly T[] | undefined) ?? []
}
