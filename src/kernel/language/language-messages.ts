import type { ProvidedNames } from "./earlier-cells.js"

/** What the thread with the cells asks the language thread. */
export type LanguageRequest =
  | { type: "open"; folder: string; provided: ProvidedNames[] }
  | { type: "cell"; code: string; label: string; keep: boolean }
  | { type: "file"; file: string }
  | { type: "locate"; specifier: string; from: string | undefined }
  | { type: "defined"; name: string }
  | { type: "reset" }

export interface ToLanguage {
  id: number
  request: LanguageRequest
}

export interface FromLanguage {
  id: number
  answer?: unknown
  error?: string
}
