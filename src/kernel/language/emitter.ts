import ts from "typescript"
import { bindFile } from "./bind-file.js"

/** A program keeps what it has seen of all texts: after so many characters of them it is given up. */
const mostCharacters = 100_000

/** What a text costs however short it is, in characters. */
const leastCharacters = 1000

/** What `ts.transpileModule` sets for a text that is alone. */
const alone: ts.CompilerOptions = {
  isolatedModules: true,
  noCheck: true,
  noLib: true,
  noResolve: true,
  types: [],
}

export interface Emitted {
  js: string
  /** Source map, version 3. */
  map: string
  /** Where the text is no TypeScript. */
  problems: readonly ts.DiagnosticWithLocation[]
}

/**
 * Makes JavaScript of one text after the other, each on its own, as `ts.transpileModule` does. That one makes a program
 * for each text, and with it a type checker, which is half of the time that a cell takes. Here one program serves many
 * texts, none of which is a file of it.
 */
export class Emitter {
  readonly #options: ts.CompilerOptions
  #program: ts.Program | undefined
  #left = 0
  /** How the program would read a file. */
  #reading: ts.CreateSourceFileOptions | undefined

  constructor(options: ts.CompilerOptions) {
    this.#options = { ...options, ...alone }
  }

  emit(fileName: string, text: string, transformers: ts.CustomTransformers): Emitted {
    this.#program ??= this.#begin()
    const program = this.#program
    this.#left -= Math.max(leastCharacters, text.length)
    if (this.#left < 0) this.#program = undefined
    const file = ts.createSourceFile(fileName, text, this.#reading!)
    bindFile(file, this.#options)
    const written = { js: "", map: "" }
    const write = (name: string, content: string) => {
      written[name.endsWith(".map") ? "map" : "js"] = content
    }
    program.emit(file, write, undefined, false, transformers)
    return { ...written, problems: program.getSyntacticDiagnostics(file) }
  }

  #begin(): ts.Program {
    this.#left = mostCharacters
    const none = "none.ts"
    return ts.createProgram([none], this.#options, {
      getSourceFile: (name, reading) => {
        this.#reading = reading as ts.CreateSourceFileOptions
        return ts.createSourceFile(name, "", reading)
      },
      fileExists: (name) => name === none,
      readFile: () => undefined,
      writeFile: () => undefined,
      getDefaultLibFileName: () => "",
      getCurrentDirectory: () => "",
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => false,
      getNewLine: () => "\n",
    })
  }
}

const emitters = new Map<string, Emitter>()

/** The one for these options: there are few. */
export function emitterFor(options: ts.CompilerOptions): Emitter {
  const key = JSON.stringify(options)
  const known = emitters.get(key)
  if (known) return known
  const made = new Emitter(options)
  emitters.set(key, made)
  return made
}
