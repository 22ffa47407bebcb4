import type { FoundInPage, PageRan } from "../../src/engines/browser/page.js"
import { LastingExecution } from "../../src/engines/gpu/lasting-execution.js"
import type { WrittenPlan } from "../../src/engines/gpu/written-plan.js"
import { PrelabError } from "../../src/error.js"
import type { PageError } from "../../src/widgets/page-messages.js"
import { type Adapters, findAdapters } from "./adapters.js"
import type { Done, Job } from "./worker-messages.js"

// The half of the browser engine that computes: a worker, so that a long pass leaves the page alive. gpu.js
// stands in front of this script in the same file, and the plans run by the very code that runs them in Node.

interface Plan {
  readonly execution: LastingExecution
  readonly kernels: number
}

const plans = new Map<string, Plan>()
const adapters: Promise<Adapters> = findAdapters()

async function compile(id: string, written: WrittenPlan, data: Float32Array[]): Promise<Partial<PageRan>> {
  const opening = (await adapters).openingOf(written.backend)
  plans.set(id, {
    execution: new LastingExecution(written, data, opening),
    kernels: written.kernels.length,
  })
  return {}
}

async function run(id: string, inputs: Float32Array[]): Promise<{ answer: PageRan; values: Uint8Array[] }> {
  const plan = plans.get(id)
  if (!plan) throw new RangeError(`no plan ${id}`)
  const { execution, kernels } = plan
  const from = performance.now()
  const results = await execution.run(inputs)
  const milliseconds = performance.now() - from
  const { backend, detail } = execution
  return {
    answer: { backend, detail, kernels, milliseconds },
    // A result may be a view into a larger array of gpu.js.
    values: results.map((result) => new Uint8Array(result.slice().buffer)),
  }
}

async function forget(id: string): Promise<Partial<PageRan>> {
  const plan = plans.get(id)
  plans.delete(id)
  await plan?.execution.destroy()
  return {}
}

async function work({ request, values }: Job): Promise<{ answer: Partial<PageRan>; values: Uint8Array[] }> {
  const arrays = () => values.map(({ buffer }) => new Float32Array(buffer))
  if (request.type === "compile")
    return { answer: await compile(request.plan, request.written, arrays()), values: [] }
  if (request.type === "run") return run(request.plan, arrays())
  return { answer: await forget(request.plan), values: [] }
}

function describeError(error: unknown): PageError {
  if (error instanceof PrelabError) return { what: error.what, value: error.value, hint: error.hint }
  return { what: "page cannot run the plan", value: error instanceof Error ? error.message : String(error) }
}

function post(done: Done, transfer: ArrayBuffer[] = []): void {
  postMessage(done, { transfer })
}

/** One job after the other: they share a device. */
let last: Promise<void> = Promise.resolve()

addEventListener("message", ({ data: job }: MessageEvent<Job>) => {
  last = last
    .then(() => work(job))
    .then(
      ({ answer, values }) =>
        post(
          { type: "answer", id: job.id, answer, values },
          values.map(({ buffer }) => buffer as ArrayBuffer),
        ),
      (error: unknown) => post({ type: "error", id: job.id, error: describeError(error) }),
    )
})

adapters.then(({ found, missing }: { found: FoundInPage[]; missing: string[] }) =>
  post({ type: "ready", found, missing }),
)
