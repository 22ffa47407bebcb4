import type { ToCells } from "../../kernel/bridge.js"
import type { LanguageRequest } from "../../kernel/language/language-messages.js"
import type { LanguageThread } from "../../kernel/language/language-thread.js"
import type { ReaderFiles } from "./reader-files.js"

/** Brings what a request makes TypeScript read of the reader's files. */
export async function prepare(
  request: LanguageRequest | (ToCells & { type: "ask" }),
  { language }: LanguageThread,
  files: ReaderFiles,
): Promise<void> {
  if (!language) return
  const { folder, options } = language
  // The module that the next cell will be: any name in the notebook's folder.
  const cell = `${folder}/__cell.ts`
  if (request.type === "cell") await files.copyImports(request.code, cell, options)
  else if (request.type === "file") await files.copyFile(request.file, options)
  else if (request.type === "locate") await files.copyModule(request.specifier, request.from ?? cell, options)
  else if (request.type === "ask" && request.msgType !== "is_complete_request")
    await files.copyImports(String(request.content.code ?? ""), cell, options)
}
