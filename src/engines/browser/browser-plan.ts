import { PrelabError } from "../../error.js"
import type { Value } from "../../net/index.js"
import { checkStop } from "../../stop.js"
import type { Plan } from "../engine.js"
import type { Program } from "../gpu/program.js"
import { ProgramValues } from "../gpu/program-values.js"
import { type Written, writePlan } from "../gpu/write-plan.js"
import type { FoundInPage, Page, PageRan } from "./page.js"
import { keyOf, PagePlans } from "./page-plans.js"

const plansOn = new WeakMap<Page, PagePlans>()

/**
 * A program for the gpu.js of a page. The page keeps it after `dispose`, for the next time, as long as there
 * is room.
 */
export class BrowserPlan implements Plan {
  readonly engine = "browser"
  readonly #page: Page
  readonly #found: FoundInPage
  readonly #written: Written
  readonly #values: ProgramValues
  readonly #key: string
  #ran: Partial<PageRan> = {}
  #disposed = false

  /** @throws PrelabError naming the layer whose blob no kernel can compute. */
  constructor(program: Program, page: Page, found: FoundInPage) {
    this.#page = page
    this.#found = found
    this.#written = writePlan(program, found.backend)
    this.#values = new ProgramValues(program, this.#written)
    this.#key = keyOf(this.#written)
  }

  /**
   * gpu.js's own word for what executed the plan; before the first run, the backend that it is written for.
   */
  get backend(): string {
    return this.#ran.backend ?? this.#found.backend
  }

  get detail(): string {
    return this.#ran.detail ?? this.#found.adapter
  }

  async run(inputs: ReadonlyMap<Value, Float32Array>): Promise<Map<Value, Float32Array>> {
    if (this.#disposed) throw new PrelabError("plan is disposed")
    const data = this.#values.inputs(inputs)
    if (this.#written.plan.results.length === 0) return this.#values.results(data, [])
    const plans = plansOn.get(this.#page) ?? new PagePlans(this.#page)
    plansOn.set(this.#page, plans)
    const { answer, arrays } = await plans.use(this.#key, this.#written, () =>
      this.#page.ask({ type: "run", plan: this.#key }, data),
    )
    checkStop()
    this.#ran = answer
    return this.#values.results(data, arrays)
  }

  dispose(): void {
    this.#disposed = true
  }
}
