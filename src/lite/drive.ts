import type { DriveAnswers, DriveQuestion, FromDrive, ToDrive } from "./drive-messages.js"
import { driveFolder } from "./tree.js"

/** The reader's files, as a worker of the kernel sees them: the page has them. */
export class Drive {
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  #lastId = 0

  constructor(readonly port: MessagePort) {
    port.onmessage = ({ data }: MessageEvent<FromDrive>) => this.#receive(data)
  }

  /** @throws Error with Node's `code` where it cannot be done */
  ask<Question extends DriveQuestion>(question: Question): Promise<DriveAnswers[Question["op"]]> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.port.postMessage({ id, question } satisfies ToDrive)
    })
  }

  #receive(answer: FromDrive): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ("error" in answer)
      waiting?.reject(Object.assign(new Error(`${answer.code}: ${answer.error}`), { code: answer.code }))
    else waiting?.resolve(answer.value as never)
  }
}

let own: Drive | undefined

/** The drive of this worker, once its page has given it one. */
export function drive(): Drive {
  if (!own) throw new Error("no drive yet")
  return own
}

export function setDrive(port: MessagePort): void {
  own = new Drive(port)
}

/** The path in the file browser of an absolute path; undefined for files that are not the reader's. */
export function onDrive(path: string): string | undefined {
  if (path === driveFolder) return ""
  return path.startsWith(`${driveFolder}/`) ? path.slice(driveFolder.length + 1) : undefined
}
