import { Questions } from "../kernel/questions.js"
import type { DriveAnswers, DriveQuestion, FromDrive, ToDrive } from "./drive-messages.js"
import { driveFolder } from "./tree.js"

/** The reader's files, as a worker of the kernel sees them: the page has them. */
export class Drive {
  readonly #questions = new Questions()

  constructor(readonly port: MessagePort) {
    port.onmessage = ({ data }: MessageEvent<FromDrive>) => this.#receive(data)
  }

  /** @throws Error with Node's `code` where it cannot be done */
  ask<Question extends DriveQuestion>(question: Question): Promise<DriveAnswers[Question["op"]]> {
    return this.#questions.ask((id) => this.port.postMessage({ id, question } satisfies ToDrive))
  }

  #receive(answer: FromDrive): void {
    if (!("error" in answer)) this.#questions.answer(answer.id, answer.value)
    else {
      const { id, error, code } = answer
      this.#questions.refuse(id, Object.assign(new Error(`${code}: ${error}`), { code }))
    }
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
