import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { PrelabError, Refusal } from "../error.js"
import { loadArray } from "../formats/arrays.js"
import { writeFileAtomic } from "../formats/write-file.js"
import type { Blob } from "../net/index.js"
import { setStopCheck } from "../stop.js"
import {
  overwritten,
  prepareTraining,
  quarterCopy,
  type TrainingRecord,
  type TrainingRun,
} from "../training/index.js"
import { type Arguments, choiceFlag, namedPositionals, textFlag } from "./arguments.js"
import type { Command } from "./command.js"
import { progressLine } from "./progress-line.js"
import { table } from "./table.js"

export const train: Command = {
  options: {
    data: { type: "string" },
    labels: { type: "string" },
    "test-data": { type: "string" },
    "test-labels": { type: "string" },
    weights: { type: "string" },
    snapshot: { type: "string" },
    museum: { type: "string" },
    out: { type: "string" },
  },

  async run(args) {
    const [solver] = namedPositionals(args.positionals, ["SOLVER"])
    const out = needed(args, "out", "DIR")
    const history = join(out, "history.json")
    const [weights, snapshot] = [textFlag(args, "weights"), textFlag(args, "snapshot")]
    if (weights && snapshot)
      throw new PrelabError("weights and snapshot together", weights, {
        hint: "a snapshot has its own weights",
      })
    const museum = choiceFlag(args, "museum", ["quarter-copy", "overwritten"])
    const line = progressLine("training")
    const record = (run: TrainingRun) => writeFileAtomic(history, `${JSON.stringify(run)}\n`)
    const run = await prepareTraining(solver!, {
      data: await loadArray(needed(args, "data", "FILE.npy")),
      ...(await arrays(args, { labels: "labels", testData: "test-data", testLabels: "test-labels" })),
      ...(weights === undefined ? {} : { weights }),
      ...(snapshot === undefined ? {} : { snapshot, earlier: recordIn(history) }),
      ...(museum ? { inPlaceMemory: museum === "overwritten" ? overwritten : quarterCopy } : {}),
      snapshotPrefix: join(out, "snapshot"),
      watch: { beforeSnapshot: record },
      onIteration: ({ iteration, settings, recentLoss }) =>
        line.update(iteration, settings.max_iter, `loss ${recentLoss?.toPrecision(4)}`),
    })
    try {
      await untilInterrupted(run)
    } finally {
      line.done()
      await record(run)
    }
    const files = await run.snapshot(join(out, "final"))
    const last = run.loss.at(-1)
    return {
      text: describe(run, [history, ...Object.values(files)]),
      json: {
        iterations: run.iteration,
        finalLoss: last?.loss ?? null,
        accuracy: run.test.at(-1)?.accuracy ?? null,
        history,
        ...files,
      },
    }
  },
}

/**
 * Trains to the end, and says before what there is to know. Ctrl-C ends it between two iterations, with a snapshot; a second one ends the process.
 * @throws Refusal when it was ended, naming the snapshot
 */
async function untilInterrupted(run: TrainingRun): Promise<void> {
  let interrupted = false
  const interrupt = () => {
    interrupted = true
  }
  process.once("SIGINT", interrupt)
  setStopCheck(() => {
    if (interrupted) throw new Interrupted()
  })
  for (const warning of run.warnings) process.stderr.write(`prelab: ${warning}\n`)
  try {
    await run.resume()
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    const { solverstate } = await run.snapshot()
    throw new Refusal("training stopped", `after ${run.iteration} iterations`, {
      hint: `--snapshot ${solverstate} goes on`,
    })
  } finally {
    process.off("SIGINT", interrupt)
  }
}

class Interrupted extends Error {}

function needed(args: Arguments, flag: string, what: string): string {
  const given = textFlag(args, flag)
  if (given === undefined) throw new PrelabError("argument missing", `--${flag} ${what}`)
  return given
}

/** The arrays of flags that are there, under the names that training gives them. */
async function arrays<Name extends string>(
  args: Arguments,
  flags: Readonly<Record<Name, string>>,
): Promise<Partial<Record<Name, Blob>>> {
  const loaded: Partial<Record<Name, Blob>> = {}
  for (const [name, flag] of Object.entries(flags) as [Name, string][]) {
    const file = textFlag(args, flag)
    if (file !== undefined) loaded[name] = await loadArray(file)
  }
  return loaded
}

/** What the run that is continued had recorded, where it wrote to the same folder. */
function recordIn(file: string): TrainingRecord {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { loss: [], test: [], slopes: [] }
}

function describe(run: TrainingRun, files: readonly string[]): string {
  const tests = run.test.map(({ iteration, accuracy, loss }) => [
    String(iteration),
    accuracy?.toFixed(4) ?? "",
    loss?.toPrecision(5) ?? "",
  ])
  const tested = tests.length > 0 ? `\n${table(["iteration", "test accuracy", "test loss"], tests)}` : ""
  return `${run}\n${tested}\n${files.join("\n")}\n`
}
