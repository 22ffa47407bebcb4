import { PrelabError } from "../../error.js"
import { checkStop } from "../../stop.js"
import type { Backend, Engine } from "../engine.js"
import { programOf } from "../gpu/program.js"
import { BrowserPlan } from "./browser-plan.js"
import { type FoundInPage, findPage, type Page } from "./page.js"

export { type FoundInPage, type Page, type PageRan, type PageRequest, setFindPage } from "./page.js"

/**
 * gpu.js on the reader's own GPU: the kernels that `gpu` runs are sent to the page that shows the notebook,
 * with the weights once and the inputs for each pass, and the page sends back the blobs. `webgpu` where the
 * page has it, else `webgl2`.
 */
export const browser: Engine = {
  name: "browser",

  async compile(calls, wanted, options) {
    checkStop()
    const program = programOf(calls, wanted)
    const page = await findPage()
    return new BrowserPlan(program, page, chosen(page, options?.backend))
  },
}

function chosen({ found, missing }: Page, asked: Backend | undefined): FoundInPage {
  if (asked !== undefined && asked !== "webgpu" && asked !== "webgl2")
    throw new PrelabError("backend not in a page", asked, { hint: "use webgpu or webgl2" })
  const one = asked === undefined ? found[0] : found.find(({ backend }) => backend === asked)
  if (one) return one
  throw new PrelabError("backend not available in the page", asked ?? "webgpu, webgl2", {
    hint: `${missing.join("; ")}; use ${asked && found[0] ? found[0].backend : "engine gpu or reference"}`,
  })
}
