import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import type { Problem } from "../../../src/kernel/language/checker.js"

/** What TypeScript 6's language service says of modules in a folder: the measure of another checker. */
export function serviceChecker(folder: string, options: ts.CompilerOptions) {
  const texts = new Map<string, { text: string; version: number }>()
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...texts.keys()],
    getScriptVersion: (file) => String(texts.get(file)?.version ?? 0),
    getScriptSnapshot: (file) => {
      const text = host.readFile(file)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => texts.has(file) || existsSync(file),
    readFile: (file) => texts.get(file)?.text ?? (existsSync(file) ? readFileSync(file, "utf8") : undefined),
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath!,
  }
  const service = ts.createLanguageService(host)
  const set = (name: string, text: string) => {
    const file = join(folder, `${name}.ts`)
    texts.set(file, { text, version: (texts.get(file)?.version ?? 0) + 1 })
    return file
  }
  return {
    set,
    service,
    check(name: string, text: string): Problem[] {
      const file = set(name, text)
      return [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map(
        (found) => ({
          file: name,
          start: found.start ?? 0,
          length: found.length ?? 0,
          code: found.code,
          message: ts.flattenDiagnosticMessageText(found.messageText, "\n"),
        }),
      )
    },
    drop: (name: string) => texts.delete(join(folder, `${name}.ts`)),
  }
}
