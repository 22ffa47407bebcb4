import type { Net } from "../net/index.js"
import type { ChangeRecord } from "./training-change.js"

/** What `history.json` holds: `readHistory` and `lossCurves` read it. */
export interface TrainingRecord {
  /** Of each iteration, from the weights before its update. */
  readonly loss: readonly { readonly iteration: number; readonly loss: number }[]
  /** After so many updates; a net without an Accuracy layer has losses alone. */
  readonly test: readonly TestRecord[]
  /** The slopes of every PReLU layer after so many updates. */
  readonly slopes: readonly SlopesRecord[]
  /** What was changed by hand while it ran; absent where nothing was. */
  readonly changes?: readonly ChangeRecord[]
}

export interface TestRecord {
  readonly iteration: number
  readonly accuracy?: number
  readonly loss?: number
  /** The net's outputs were not numbers (NaN): the accuracy says nothing. */
  readonly notNumbers?: true
}

export type SlopesRecord = { readonly iteration: number } & {
  readonly [layer: string]: number | readonly number[]
}

/** No record of slopes is longer, however long the training and wide the net. */
const maxSlopes = 200_000

/** One run's record while it grows. */
export class Recorder implements TrainingRecord {
  readonly loss: { iteration: number; loss: number }[] = []
  readonly test: TestRecord[] = []
  readonly slopes: SlopesRecord[] = []
  readonly changes: ChangeRecord[] = []
  readonly #every: number

  /** @param iterations how many there will be */
  constructor(net: Net, iterations: number) {
    const slopes = preluLayers(net).reduce((n, { blobs }) => n + blobs[0]!.data.length, 0)
    this.#every =
      [1, 5, 25, 100, 500, 2500].find((every) => (slopes * iterations) / every <= maxSlopes) ?? 10_000
  }

  /** Begins with what an earlier run had recorded up to this iteration. */
  continueFrom(earlier: TrainingRecord, iteration: number): void {
    this.loss.push(...earlier.loss.filter((entry) => entry.iteration < iteration))
    this.test.push(...earlier.test.filter((entry) => entry.iteration <= iteration))
    this.slopes.push(...earlier.slopes.filter((entry) => entry.iteration < iteration))
    this.changes.push(...(earlier.changes ?? []).filter((entry) => entry.iteration <= iteration))
  }

  addLoss(iteration: number, loss: number): void {
    this.loss.push({ iteration, loss })
  }

  addChange(record: ChangeRecord): void {
    this.changes.push(record)
  }

  addTest(record: TestRecord): void {
    this.test.push(record)
  }

  /** Notes the slopes, at some iterations only unless `always`. */
  addSlopes(net: Net, iteration: number, always = false): void {
    if (this.slopes.at(-1)?.iteration === iteration || !(always || iteration % this.#every === 0)) return
    const layers = preluLayers(net)
    if (layers.length === 0) return
    this.slopes.push({
      iteration,
      ...Object.fromEntries(layers.map(({ name, blobs }) => [name, [...blobs[0]!.data]])),
    })
  }

  /** A copy that does not grow. */
  toJSON(): TrainingRecord {
    const changes = this.changes.length > 0 ? { changes: [...this.changes] } : {}
    return { loss: [...this.loss], test: [...this.test], slopes: [...this.slopes], ...changes }
  }
}

function preluLayers(net: Net) {
  return net.layers.filter(({ type, blobs }) => type === "PReLU" && blobs.length > 0)
}
