import type { FoundInPage, PageRan, PageRequest } from "../../src/engines/browser/page.js"
import type { PageError } from "../../src/widgets/page-messages.js"

/** What the page hands its worker, with the values of the request. */
export interface Job {
  readonly id: string
  readonly request: PageRequest
  readonly values: Uint8Array[]
}

export type Done =
  /** The worker's first message. */
  | { readonly type: "ready"; readonly found: FoundInPage[]; readonly missing: string[] }
  | { readonly type: "answer"; readonly id: string; readonly answer: Partial<PageRan>; values: Uint8Array[] }
  | { readonly type: "error"; readonly id: string; readonly error: PageError }
