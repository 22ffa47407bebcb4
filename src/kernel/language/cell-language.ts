import { PrelabError } from "../../error.js"

/** The language of the cells. JavaScript is checked too, by what it says of types in comments, but never strictly. */
export type CellLanguageName = "typescript" | "javascript"

/** The language that the kernelspec asks for. */
export function cellLanguage(env: NodeJS.ProcessEnv = process.env): CellLanguageName {
  const wanted = env.PRELAB_LANGUAGE || "typescript"
  if (wanted !== "typescript" && wanted !== "javascript")
    throw new PrelabError("unknown PRELAB_LANGUAGE", wanted, { hint: "typescript or javascript" })
  return wanted
}

/** What the files of cells end in. */
export type CellExtension = ".ts" | ".tsx" | ".js"

/** The extension of its files. JSX is part of JavaScript's, and of TypeScript's where the reader's tsconfig asks for it. */
export function extensionOf(language: CellLanguageName, withJsx = false): CellExtension {
  if (language === "javascript") return ".js"
  return withJsx ? ".tsx" : ".ts"
}

/** The name of a module's file, which has the cells' extension unless it says another. */
export function fileNameOf(module: string, extension: CellExtension): string {
  return module.endsWith(".ts") ? module : `${module}${extension}`
}
