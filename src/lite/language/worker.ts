import "../node/globals.js"
import "./sys.js"
import type { FromCells, ToCells } from "../../kernel/bridge.js"
import type { FromLanguage, ToLanguage } from "../../kernel/language/language-messages.js"
import { LanguageThread } from "../../kernel/language/language-thread.js"
import { drive, setDrive } from "../drive.js"
import { setFolder } from "../node/globals.js"
import { tree } from "../tree.js"
import type { FromLanguageWorker, LanguageStart, ToLanguageWorker } from "./language-start.js"
import { prepare } from "./prepare.js"
import { ReaderFiles } from "./reader-files.js"
import { mountTypes } from "./types-pack.js"

// The language of a kernel in JupyterLite, in a worker of its own as in Node. What TypeScript may want to read is
// brought here first, so one thing is done after the other.

const toPage = (message: FromLanguageWorker) => self.postMessage(message)

/** Settled when everything that came before is done. */
let done: Promise<unknown> = Promise.resolve()

function next(work: () => Promise<void>): void {
  // Nobody can be told of a failure but the page, whose error event it becomes.
  done = done.then(work).catch((error) =>
    setTimeout(() => {
      throw error
    }),
  )
}

function start({
  cells,
  drive: files,
  typing,
  types,
  folder,
  language,
}: LanguageStart): (message: ToCells) => void {
  setDrive(files)
  setFolder(folder)
  const readers = new ReaderFiles(drive(), tree)
  const thread = new LanguageThread(undefined, language)
  next(async () => {
    await Promise.all([mountTypes(tree, types), readers.copyConfigs(folder)])
  })
  cells.onmessage = ({ data }: MessageEvent<ToLanguage>) =>
    next(async () => {
      await prepare(data.request, thread, readers)
      cells.postMessage(thread.reply(data) satisfies FromLanguage)
      thread.followUp(data)
      if (data.request.type === "open") toPage({ type: "ready" })
    })
  const answer = (reply: (message: FromCells) => void) => (message: ToCells) => {
    if (message.type !== "ask") return
    thread.whenOpen(() =>
      next(async () => {
        await prepare(message, thread, readers)
        reply(thread.replyToTyping(message))
      }),
    )
  }
  if (typing) {
    const answerProtocol = answer((message) => typing.postMessage(message))
    typing.onmessage = ({ data }: MessageEvent<ToCells>) => answerProtocol(data)
  }
  return answer(toPage)
}

let receive: ((message: ToCells) => void) | undefined

self.onmessage = ({ data }: MessageEvent<ToLanguageWorker>) => {
  if (data.type === "start") receive = start(data)
  else receive?.(data)
}
