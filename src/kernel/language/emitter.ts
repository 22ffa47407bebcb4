import ts from "typescript"
import { bindFile } from "./bind-file.js"
import { loneProgram } from "./lone-program.js"

/** A program keeps what it has seen of all texts: after so many characters of them it is given up. */
const mostCharacters = 100_000

/** What a text costs however short it is, in characters. */
const leastCharacters = 1000

/** What `ts.transpileModule` sets for a text that is alone. */
const alone: ts.CompilerOptions = { isolatedModules: true, noCheck: true }

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
    const program = this.#program ?? this.#begin()
    // What an error leaves behind is used no more.
    this.#program = undefined
    const file = ts.createSourceFile(fileName, text, this.#reading!)
    // Only a program finds out from where JSX imports its functions.
    if (file.languageVariant === ts.LanguageVariant.JSX) loneProgram(fileName, this.#options, () => file)
    bindFile(file, this.#options)
    const written = { js: "", map: "" }
    const write = (name: string, content: string) => {
      written[name.endsWith(".map") ? "map" : "js"] = content
    }
    program.emit(file, write, undefined, false, transformers)
    this.#left -= Math.max(leastCharacters, text.length)
    if (this.#left > 0) this.#program = program
    return { ...written, problems: program.getSyntacticDiagnostics(file) }
  }

  #begin(): ts.Program {
    this.#left = mostCharacters
    return loneProgram("none.ts", this.#options, (reading) => {
      this.#reading = reading
      return ts.createSourceFile("none.ts", "", reading)
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
