import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { PrelabError, Refusal } from "../error.js"
import { loadArray } from "../formats/arrays.js"
import { writeFileAtomic } from "../formats/write-file.js"
import type { Blob } from "../net/index.js"
import { setStopCheck } from "../stop.js"
import {
  type Images,
  loadImages,
  overwritten,
  prepareTraining,
  quarterCopy,
  type TrainingRecord,
  type TrainingRun,
  type TrainOptions,
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
      ...(await items(args)),
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

/** What is trained and tested with: arrays, or folders of images with their labels. */
async function items(
  args: Arguments,
): Promise<Pick<TrainOptions, "data" | "labels" | "testData" | "testLabels">> {
  const train = await imagesOf(args, "data", "labels")
  const test = await imagesOf(args, "test-data", "test-labels")
  if (train && test && train.classes.join("/") !== test.classes.join("/"))
    throw new PrelabError(
      "other classes in the test",
      `${test.classes.join(", ")} beside ${train.classes.join(", ")}`,
    )
  return {
    ...(train ?? {
      data: await loadArray(needed(args, "data", "FILE.npy")),
      ...(await arrays(args, { labels: "labels" })),
    }),
    ...(test
      ? { testData: test.data, testLabels: test.labels }
      : await arrays(args, { testData: "test-data", testLabels: "test-labels" })),
  }
}

/** Undefined where the flag does not name a folder. */
async function imagesOf(args: Arguments, flag: string, labels: string): Promise<Images | undefined> {
  const folder = textFlag(args, flag)
  if (folder === undefined || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined
  if (textFlag(args, labels) !== undefined)
    throw new PrelabError("labels beside a folder of images", `--${labels}`, {
      hint: "its subfolders are the labels",
    })
  const line = progressLine(`reading ${folder}`)
  try {
    return await loadImages(folder, { progress: (done, total) => line.update(done, total, "") })
  } finally {
    line.done()
  }
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
