import "../node/globals.js"
import "./sys.js"
import { firstLine } from "../../error.js"
import type { FromCells, ToCells } from "../../kernel/bridge.js"
import type { FromLanguage, ToLanguage } from "../../kernel/language/language-messages.js"
import { LanguageThread } from "../../kernel/language/language-thread.js"
import { log } from "../../kernel/log.js"
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
let done: Promise<void> = Promise.resolve()

function next(work: () => Promise<void>): void {
  done = done.then(work).catch((error) => {
    // It becomes an error event of the page.
    setTimeout(() => {
      throw error
    })
  })
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
  const mounted = Promise.all([mountTypes(tree, types), readers.copyConfigs(folder)])
  next(async () => void (await mounted))
  cells.onmessage = ({ data }: MessageEvent<ToLanguage>) =>
    next(async () => {
      try {
        await mounted
        await prepare(data.request, thread, readers)
      } catch (error) {
        cells.postMessage({ id: data.id, error: firstLine(error) } satisfies FromLanguage)
        return
      }
      cells.postMessage(thread.reply(data))
      thread.followUp(data)
      if (data.request.type === "open") toPage({ type: "ready" })
    })
  const answer = (reply: (message: FromCells) => void) => (message: ToCells) => {
    if (message.type !== "ask") return
    thread.whenOpen(() =>
      next(async () => {
        try {
          await prepare(message, thread, readers)
        } catch (error) {
          // The rest of what is typed is known all the same.
          log(`${message.msgType}: ${firstLine(error)}`)
        }
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
