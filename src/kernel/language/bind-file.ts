import ts from "typescript"

/** What TypeScript has, and its declarations leave out. */
const { bindSourceFile } = ts as unknown as {
  bindSourceFile: (file: ts.SourceFile, options: ts.CompilerOptions) => void
}

/** Finds what a file declares, and where: a program does that for its own files when its type checker begins. */
export function bindFile(file: ts.SourceFile, options: ts.CompilerOptions): void {
  bindSourceFile(file, options)
}
