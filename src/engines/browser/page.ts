import { PrelabError } from "../../error.js"
import type { WrittenPlan } from "../gpu/written-plan.js"

/** The gpu.js backends that run in a page. */
export type PageBackend = "webgpu" | "webgl2"

/** A backend that a page has, and the adapter behind it in the page's words. */
export interface FoundInPage {
  readonly backend: PageBackend
  readonly adapter: string
}

/** What the engine asks of a page. Arrays travel beside it as binary, float32. */
export type PageRequest =
  /** With the plan's values that stay. */
  | { readonly type: "compile"; readonly plan: string; readonly written: WrittenPlan }
  /** With one array per input; answered with one per result. */
  | { readonly type: "run"; readonly plan: string }
  | { readonly type: "forget"; readonly plan: string }

/** What a page says of a pass. */
export interface PageRan {
  readonly backend: string
  readonly detail: string
  readonly kernels: number
  /** On the page's own clock, without the way there and back. */
  readonly milliseconds: number
}

/** A page that has said what it has. What it was given is gone when it is. */
export interface Page {
  readonly found: readonly FoundInPage[]
  /** Why the other backends are not there. */
  readonly missing: readonly string[]
  /** @throws PrelabError when the page refuses, is closed meanwhile, or does not answer */
  ask(
    request: PageRequest,
    arrays?: readonly Float32Array[],
  ): Promise<{ readonly answer: Partial<PageRan>; readonly arrays: readonly Float32Array[] }>
}

type FindPage = () => Promise<Page>

let find: FindPage | undefined

/** Says how the page in front of the reader is found: the widgets know. */
export function setFindPage(findPage: FindPage): void {
  find = findPage
}

/** @throws PrelabError where no page is there, or none answers */
export function findPage(): Promise<Page> {
  if (find) return find()
  throw new PrelabError("engine needs a notebook's page", "browser", { hint: "use engine gpu or reference" })
}
