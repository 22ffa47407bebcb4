import ts from "typescript"
import type { Inspection } from "../cells.js"
import { namePositions } from "./inspect-native.js"

export interface Explanation {
  signature: string
  documentation: string
  tags: string[]
}

/** What stands at the cursor: a name's type and documentation; inside of brackets, the call's signature. */
export function inspectAt(
  service: ts.LanguageService,
  file: string,
  code: string,
  cursor: number,
  offset: number,
): Explanation | undefined {
  return quickInfo(service, file, code, cursor, offset) ?? signatureHelp(service, file, offset + cursor)
}

/** An explanation as the reply to a front end, with the source where that was asked for. */
export function inspectionOf({ signature, documentation, tags }: Explanation, source = ""): Inspection {
  const text = [signature, documentation, tags.join("\n"), source].filter(Boolean).join("\n\n")
  const markdownTags = tags.map((tag) => `*${tag.replace(" ", "* ")}`)
  const block = (code: string) => code && `\`\`\`typescript\n${code}\n\`\`\``
  const markdown = [block(signature), documentation, ...markdownTags, block(source)]
  return { text, markdown: markdown.filter(Boolean).join("\n\n") }
}

/** What the name at an offset of a file is. */
export function explainName(
  service: ts.LanguageService,
  file: string,
  offset: number,
): Explanation | undefined {
  const info = service.getQuickInfoAtPosition(file, offset)
  if (!info?.displayParts?.length) return undefined
  const found = explanationOf(info)
  // What is said of a name that nobody has declared.
  return info.kind === ts.ScriptElementKind.unknown && found.signature === "any" ? undefined : found
}

function quickInfo(
  service: ts.LanguageService,
  file: string,
  code: string,
  cursor: number,
  offset: number,
): Explanation | undefined {
  for (const position of namePositions(code, cursor)) {
    const found = explainName(service, file, offset + position)
    if (found) return found
  }
  return undefined
}

function explanationOf({ displayParts, documentation, tags }: ts.QuickInfo): Explanation {
  return {
    signature: withoutAlias(ts.displayPartsToString(displayParts)),
    documentation: ts.displayPartsToString(documentation),
    tags: (tags ?? []).map(tagText),
  }
}

/** That cells import the names of earlier ones is the kernel's business. */
function withoutAlias(signature: string): string {
  const alias = "(alias) "
  return signature.startsWith(alias)
    ? signature.slice(alias.length).replace(/\nimport [^\n]*$/, "")
    : signature
}

function signatureHelp(service: ts.LanguageService, file: string, position: number): Explanation | undefined {
  const help = service.getSignatureHelpItems(file, position, {})
  const item = help?.items[help.selectedItemIndex]
  if (!item) return undefined
  const parameters = item.parameters.map(({ displayParts }) => ts.displayPartsToString(displayParts))
  const separator = ts.displayPartsToString(item.separatorDisplayParts)
  const current = item.parameters[help.argumentIndex]
  const about = ts.displayPartsToString(current?.documentation)
  return {
    signature:
      ts.displayPartsToString(item.prefixDisplayParts) +
      parameters.join(separator) +
      ts.displayPartsToString(item.suffixDisplayParts),
    documentation: ts.displayPartsToString(item.documentation),
    tags: [
      ...(current && about ? [`@param ${current.name} ${about}`] : []),
      ...item.tags.filter(({ name }) => name !== "param").map(tagText),
    ],
  }
}

function tagText({ name, text }: ts.JSDocTagInfo): string {
  return `@${name} ${ts.displayPartsToString(text)}`.trim()
}
