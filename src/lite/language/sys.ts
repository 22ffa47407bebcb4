import ts from "typescript"
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "../node/fs.js"
import { resolve } from "../node/path.js"
import { packageFolder } from "../tree.js"
import { driveListings } from "./drive-listings.js"

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** What is in a folder, also where nobody has read it yet. */
function entriesOf(folder: string): { files: string[]; directories: string[] } {
  const path = resolve(folder)
  const names = isFolder(path) ? (readdirSync(path) as string[]) : []
  const own = names.map((name) => ({ name, isFolder: isFolder(`${path === "/" ? "" : path}/${name}`) }))
  const all = new Map(
    [...own, ...(driveListings.get(path) ?? [])].map((entry) => [entry.name, entry.isFolder]),
  )
  const namesOf = (wanted: boolean) => [...all].flatMap(([name, is]) => (is === wanted ? [name] : []))
  return { files: namesOf(false), directories: namesOf(true) }
}

/** The parts of TypeScript that its types leave out. */
const internal = ts as unknown as {
  setSys(system: ts.System): void
  matchFiles(
    path: string,
    extensions: readonly string[] | undefined,
    excludes: readonly string[] | undefined,
    includes: readonly string[] | undefined,
    useCaseSensitiveFileNames: boolean,
    currentDirectory: string,
    depth: number | undefined,
    getFileSystemEntries: typeof entriesOf,
    realpath: (path: string) => string,
  ): string[]
}

/** The thread's tree of files as TypeScript asks for it; it makes one of its own only in Node. */
const system: ts.System = {
  args: [],
  newLine: "\n",
  useCaseSensitiveFileNames: true,
  write: (text) => console.log(text),
  readFile: (path) => (isFile(path) ? (readFileSync(path, "utf8") as string) : undefined),
  writeFile: (path, text) => writeFileSync(path, text),
  resolvePath: (path) => resolve(path),
  fileExists: isFile,
  directoryExists: (path) => isFolder(path) || driveListings.has(resolve(path)),
  createDirectory: () => {},
  // Beside it are the libraries.
  getExecutingFilePath: () => `${packageFolder}/node_modules/typescript/lib/typescript.js`,
  getCurrentDirectory: () => process.cwd(),
  getDirectories: (path) => entriesOf(path).directories,
  readDirectory: (path, extensions, excludes, includes, depth) =>
    internal.matchFiles(
      path,
      extensions,
      excludes,
      includes,
      true,
      process.cwd(),
      depth,
      entriesOf,
      (each) => each,
    ),
  realpath: (path) => (existsSync(path) ? realpathSync(path) : path),
  exit: () => {
    throw new Error("TypeScript wants to exit")
  },
}

internal.setSys(system)
