import { dirname, join } from "node:path"
import ts from "typescript"

export interface ReaderConfig {
  options: ts.CompilerOptions
  /** The files that say so, and the one that would if it came to be. */
  files: string[]
  /** The reader's declaration files, which a program of theirs sees without importing them. */
  declarations: string[]
  /** What is wrong with it. */
  problems: string[]
}

/** Where nothing is said of files, the whole folder is meant: a data set may lie in it. */
const everything = "**/*"
const deepest = 4

/** The tsconfig.json of a folder, or the nearest above it. */
export function readerConfig(folder: string): ReaderConfig {
  const files = new Set([join(folder, "tsconfig.json")])
  const read = (file: string) => {
    files.add(file)
    return ts.sys.readFile(file)
  }
  const none = { options: {}, declarations: [] }
  const configFile = ts.findConfigFile(folder, ts.sys.fileExists)
  if (configFile === undefined) return { ...none, files: [...files], problems: [] }
  const { config, error } = ts.readConfigFile(configFile, read)
  const describe = ({ messageText }: ts.Diagnostic) =>
    `${configFile}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`
  if (error) return { ...none, files: [...files], problems: [describe(error)] }
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(
    config,
    { ...ts.sys, readFile: read, readDirectory: readDeclarations },
    dirname(configFile),
  )
  const noInputs = 18003
  return {
    options,
    files: [...files],
    declarations: fileNames.filter(isDeclaration),
    problems: errors.filter(({ code }) => code !== noInputs).map(describe),
  }
}

/** The modules of the reader's program are the cells' only where they import them: looking for all may take long. */
const readDeclarations: ts.ParseConfigHost["readDirectory"] = (root, _extensions, excludes, includes) =>
  ts.sys.readDirectory(
    root,
    [".d.ts"],
    excludes,
    includes,
    includes.includes(everything) ? deepest : undefined,
  )

function isDeclaration(file: string): boolean {
  return file.endsWith(".d.ts")
}
