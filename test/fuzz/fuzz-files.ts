import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { loadNet } from "../../src/caffe/index.js"
import { nameBlobs } from "../../src/caffe/name-blobs.js"
import { writePrototxt } from "../../src/caffe/save-net.js"
import { writeCaffeModel } from "../../src/caffe/write-model.js"
import { PrelabError } from "../../src/error.js"
import { readNpy } from "../../src/formats/npy.js"
import { describeNet } from "../../src/inspect/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { casesOf, oracle, readCase } from "../oracle/case.js"
import { mutate, mutateModel, mutateText } from "./mutate.js"
import { pick, randomFrom } from "./random.js"

/** Larger weights only repeat what the small ones say, slowly; the net is then mutated without them. */
const maxSeed = 200_000

interface Seed {
  readonly name: string
  readonly prototxt: Buffer
  readonly weights: Buffer | undefined
}

/** Every case of the oracle, the bad ones and the real models as well. */
export function seeds(): Seed[] {
  return ["formats", "formats/bad", "layers", "rewrites", "backward", "training", "models"].flatMap(
    (category) =>
      casesOf(category).flatMap((name) => {
        const { prototxt, caffemodel } = readCase(category, name)
        const read = (path: string) => (existsSync(path) ? readFileSync(path) : undefined)
        const [text, weights] = [read(prototxt), read(caffemodel)]
        const isSmall = weights === undefined || weights.length <= maxSeed
        return text
          ? [{ name: `${category}/${name}`, prototxt: text, weights: isSmall ? weights : undefined }]
          : []
      }),
  )
}

export interface FuzzResult {
  readonly nets: number
  readonly refusals: number
  /** The slowest run, in milliseconds, and the largest growth of memory, in bytes. */
  readonly slowest: number
  readonly largest: number
}

/** What a run must not exceed; its files hold some kilobytes. */
export const limits = { milliseconds: 5000, bytes: 256 * 2 ** 20 }

/**
 * Loads mutated nets, one a number from `from` to `to - 1`, every fifth from its caffemodel alone. Each ends with a net, which is then
 * written and read again, or with a PrelabError of one line.
 *
 * @throws Error naming the run when anything else happens, or when a run takes too long or too much memory
 */
export async function fuzzFiles(from: number, to: number): Promise<FuzzResult> {
  const all = seeds()
  const result = { nets: 0, refusals: 0, slowest: 0, largest: 0 }
  for (let run = from; run < to; run++) {
    const random = randomFrom(run)
    const seed = pick(random, all)
    const other = pick(random, all)
    const where = Math.floor(random() * 3)
    const prototxt = where === 1 ? seed.prototxt : mutateText(seed.prototxt, other.prototxt, random)
    const weights =
      where === 0 || !seed.weights
        ? seed.weights
        : mutateModel(seed.weights, other.weights ?? other.prototxt, random)
    const before = memory()
    const start = performance.now()
    try {
      if (weights && run % 5 === 0) await runOne(weights, undefined)
      else await runOne(prototxt, weights)
      result.nets++
    } catch (error) {
      if (!(error instanceof PrelabError) || error.message.includes("\n"))
        throw new Error(`run ${run} of ${seed.name}: ${error}`, { cause: error })
      result.refusals++
    }
    const took = performance.now() - start
    const grown = memory() - before
    if (took > limits.milliseconds) throw new Error(`run ${run} of ${seed.name} took ${Math.round(took)} ms`)
    if (grown > limits.bytes) throw new Error(`run ${run} of ${seed.name} allocated ${grown} bytes`)
    result.slowest = Math.max(result.slowest, took)
    result.largest = Math.max(result.largest, grown)
  }
  return result
}

function memory(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

/** Loads; a net that loads must also show, fold and be written, or be refused in one line, and its text must load again. */
async function runOne(prototxt: Buffer, weights: Buffer | undefined): Promise<void> {
  const net = await loadNet(prototxt, weights)
  describeNet(net)
  foldBatchNorm(net)
  const names = nameBlobs(net)
  const text = writePrototxt(net, names)
  writeCaffeModel(net, names)
  await loadNet(Buffer.from(text))
}

/** The same for .npy files: an array or a PrelabError of one line. */
export function fuzzArrays(from: number, to: number): FuzzResult {
  const files = casesOf("formats").flatMap((name) => {
    const path = join(oracle, "formats", name, "data", "in_data.npy")
    return existsSync(path) ? [readFileSync(path)] : []
  })
  const result = { nets: 0, refusals: 0, slowest: 0, largest: 0 }
  for (let run = from; run < to; run++) {
    const random = randomFrom(run)
    const bytes = mutate(pick(random, files), pick(random, files), random)
    const before = memory()
    try {
      readNpy(bytes)
      result.nets++
    } catch (error) {
      if (!(error instanceof PrelabError) || error.message.includes("\n"))
        throw new Error(`array run ${run}: ${error}`, { cause: error })
      result.refusals++
    }
    result.largest = Math.max(result.largest, memory() - before)
    if (result.largest > limits.bytes) throw new Error(`array run ${run} allocated ${result.largest} bytes`)
  }
  return result
}
