/**
 * The part of `typescript/unstable/sync` that is used here. Written down rather than imported: the package is
 * optional, and the kernel must compile without it.
 */
export interface NativeApi {
  updateSnapshot(changes: SnapshotChanges): Snapshot
  /** Private in TypeScript's own declaration, but needed to end a process that does not answer, and to work while it looks. */
  readonly client: {
    readonly channel: {
      readonly child: { readonly pid?: number; kill(signal: "SIGKILL"): boolean }
      /** Blocks until one message of the process is there, and keeps it. */
      readTuple(): void
    }
    close(): void
  }
}

export type NativeApiConstructor = new (options: {
  cwd: string
  tsserverPath: string
  fs: { readFile(file: string): string | undefined }
}) => NativeApi

export interface SnapshotChanges {
  openProjects?: string[]
  fileChanges?: FileChanges
}

export type FileChanges =
  | { invalidateAll: true }
  | { created?: string[]; changed?: string[]; deleted?: string[] }

export interface Snapshot {
  getProject(config: string): Project | undefined
  dispose(): void
}

export interface Project {
  readonly program: {
    getSyntacticDiagnostics(file: string): readonly Diagnostic[]
    getSemanticDiagnostics(file: string): readonly Diagnostic[]
  }
  readonly checker: {
    getCompletionsAtPosition(
      file: string,
      position: number,
      options?: { triggerCharacter?: string },
    ): { readonly entries: readonly CompletionEntry[] } | undefined
    getSymbolAtPosition(file: string, position: number): NativeSymbol | undefined
    getTypeAtPosition(file: string, position: number): NativeType | undefined
    getTypeOfSymbol(symbol: NativeSymbol): NativeType | undefined
    getDeclaredTypeOfSymbol(symbol: NativeSymbol): NativeType
    getAliasedSymbol(symbol: NativeSymbol): NativeSymbol
    typeToString(type: NativeType): string
    getDocumentationCommentOfSymbol(symbol: NativeSymbol): string
    getJsDocTagsOfSymbol(symbol: NativeSymbol): readonly { readonly name: string; readonly text?: string }[]
  }
}

/** Positions in UTF-16 units. */
export interface Diagnostic {
  readonly pos: number
  readonly end: number
  readonly code: number
  readonly category: number
  readonly text: string
  readonly messageChain?: readonly Diagnostic[]
}

export interface CompletionEntry {
  readonly name: string
  /** A number of the Language Server Protocol. */
  readonly kind?: number
  readonly insertText?: string
}

export interface NativeSymbol {
  readonly name: string
  readonly flags: number
}

export interface NativeType {
  readonly id: number
  readonly flags: number
  /** Of a literal: the type of the text that says it. It is this one where that has been written right there. */
  readonly freshType?: number
  /** Of a union. */
  getTypes(): readonly NativeType[] | undefined
  /** Of a literal. */
  readonly value?: string | number | boolean | bigint
}
