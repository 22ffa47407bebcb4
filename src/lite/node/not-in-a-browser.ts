import { PrelabError } from "../../error.js"

/** Stands for a function that only a process can have. */
export function notInBrowser(what: string, hint?: string): (...args: never[]) => never {
  return () => {
    throw new PrelabError("not in a browser", what, hint === undefined ? {} : { hint })
  }
}
