import ts from "typescript"

/**
 * A program of one file, without libraries, that looks for none of what it imports: it says of the file where it belongs
 * and what it imports, as every program does of its files.
 */
export function loneProgram(
  name: string,
  options: ts.CompilerOptions,
  read: (reading: ts.CreateSourceFileOptions) => ts.SourceFile,
): ts.Program {
  const isSensitive = ts.sys.useCaseSensitiveFileNames
  return ts.createProgram(
    [name],
    { ...options, noLib: true, noResolve: true, types: [] },
    {
      getSourceFile: (_, reading) => read(reading as ts.CreateSourceFileOptions),
      fileExists: () => false,
      readFile: () => undefined,
      writeFile: () => undefined,
      getDefaultLibFileName: () => "",
      getCurrentDirectory: () => "",
      getCanonicalFileName: (each) => (isSensitive ? each : each.toLowerCase()),
      useCaseSensitiveFileNames: () => isSensitive,
      getNewLine: () => "\n",
      resolveModuleNameLiterals: (literals) => literals.map(() => ({ resolvedModule: undefined })),
    },
  )
}
