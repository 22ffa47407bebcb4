import type { DriveAnswers, DriveEntry, DriveQuestion, FromDrive, ToDrive } from "../drive-messages.js"
import type { ContentsManager, ContentsModel } from "./services.js"

/** Answers what a worker asks about the reader's files, from where JupyterLab's file browser has them. */
export function serveDrive(port: MessagePort, contents: ContentsManager): void {
  port.onmessage = async ({ data: { id, question } }: MessageEvent<ToDrive>) => {
    let answer: FromDrive
    try {
      answer = { id, value: await answerTo(question, contents) }
    } catch (error) {
      answer = { id, error: question.path, code: codeOf(error) }
    }
    port.postMessage(answer)
  }
}

/** JupyterLite's storage answers as a server does: 404 where nothing is. */
function codeOf(error: unknown): string {
  if (error instanceof FileError) return error.code
  const status = (error as { response?: { status?: number } }).response?.status
  if (status === undefined || status === 404) return "ENOENT"
  return status === 403 ? "EACCES" : "EIO"
}

class FileError extends Error {
  constructor(readonly code: string) {
    super(code)
  }
}

async function answerTo(
  question: DriveQuestion,
  contents: ContentsManager,
): Promise<DriveAnswers[DriveQuestion["op"]]> {
  const { path } = question
  switch (question.op) {
    case "read":
      return readBytes(path, contents)
    case "write":
      await contents.save(path, {
        ...{ type: "file", format: "base64" },
        ...{ name: nameOf(path), path, content: toBase64(question.bytes) },
      })
      return undefined
    case "stat":
      return statOf(path, contents)
    case "list": {
      const { type, content } = await contents.get(path, { content: true })
      if (type !== "directory") throw new FileError("ENOTDIR")
      return (content as ContentsModel[]).map(entryOf)
    }
    case "makeFolder":
      await makeFolder(path, contents)
      return undefined
    case "rename":
      if (await statOf(question.to, contents)) await contents.delete(question.to)
      await contents.rename(path, question.to)
      return undefined
    case "remove":
      await contents.delete(path)
      return undefined
  }
}

async function readBytes(path: string, contents: ContentsManager): Promise<Uint8Array> {
  // Without a format of our own: JupyterLite would take text for Latin-1.
  const { type, format, content } = await contents.get(path, { content: true })
  if (type === "directory") throw new FileError("EISDIR")
  if (format === "base64") return fromBase64(content as string)
  // A notebook, or a file that JupyterLab takes for JSON, comes as the value that it is.
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 1)
  return new TextEncoder().encode(text)
}

async function statOf(path: string, contents: ContentsManager): Promise<DriveEntry | undefined> {
  try {
    return entryOf(await contents.get(path, { content: false }))
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined
    throw error
  }
}

function entryOf({ name, type, size, last_modified }: ContentsModel): DriveEntry {
  return { name, isFolder: type === "directory", bytes: size ?? 0, changed: Date.parse(last_modified) }
}

/** With all folders above. */
async function makeFolder(path: string, contents: ContentsManager): Promise<void> {
  const parts = path.split("/")
  for (let i = 1; i <= parts.length; i++) {
    const folder = parts.slice(0, i).join("/")
    const found = await statOf(folder, contents)
    if (found && !found.isFolder) throw new FileError("ENOTDIR")
    if (!found)
      await contents.save(folder, { type: "directory", name: nameOf(folder), path: folder, format: "json" })
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1)
}

/** `String.fromCharCode` takes so many arguments at once. */
const step = 0x8000

function toBase64(bytes: Uint8Array): string {
  let text = ""
  for (let from = 0; from < bytes.length; from += step)
    text += String.fromCharCode(...bytes.subarray(from, from + step))
  return btoa(text)
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
