import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { pacer } from "../engines/pace.js"
import { PrelabError } from "../error.js"
import { type DecodedPng, decodePng, isPng } from "../formats/png.js"
import type { Blob } from "../net/index.js"
import { uniform } from "./fillers/random.js"

/** Images of a folder, ready to be given to `train`. */
export interface Images {
  /** [n, channels, height, width]; colours as Caffe's image layers have them: blue, green, red. */
  readonly data: Blob
  /** [n]: the place of each image's folder among `classes`. */
  readonly labels: Blob
  /** The names of the folders. */
  readonly classes: readonly string[]
  /** The files, in the order of the items. */
  readonly files: readonly string[]
}

export interface ImagesOptions {
  /** 1 or 3; unless told 1 where all images are grey, else 3. Alpha is left out. */
  readonly channels?: 1 | 3
  /** What samples of 0 to 255 are multiplied by: 1/256 unless told, as for MNIST. */
  readonly scale?: number
  /**
   * Trainings feed items in their order, so that is drawn at random, from this seed: 1 unless told. `false`: class after
   * class.
   */
  readonly shuffle?: number | false
  /** Called after each image. */
  readonly progress?: (done: number, total: number) => void
}

/**
 * Reads a folder of images whose subfolders are the classes: `animals/cat/1.png`, `animals/dog/1.png`. Classes are in
 * alphabetical order. PNG, 8 bits a sample, all of one size; names that begin with a dot do not count.
 *
 * ```ts
 * const images = await loadImages("animals")
 * await train({ net: lenet({ channels: 3, size: 32, classes: images.classes.length }), … }, images)
 * ```
 *
 * @throws PrelabError with the file's name for what is no image, damaged, or of another size
 */
export async function loadImages(folder: string, options: ImagesOptions = {}): Promise<Images> {
  const { scale = 1 / 256, shuffle = 1, progress } = options
  const classes = await namesIn(folder, "folder")
  if (classes.length === 0)
    throw new PrelabError("no folders of images", folder, { hint: "each class has a folder of its own" })
  const found: { file: string; label: number }[] = []
  for (const [label, name] of classes.entries()) {
    const files = await namesIn(join(folder, name), "file")
    if (files.length === 0) throw new PrelabError("no images in the folder", join(folder, name))
    found.push(...files.map((file) => ({ file: join(folder, name, file), label })))
  }
  if (shuffle !== false) shuffleInPlace(found, shuffle)
  const pictures: DecodedPng[] = []
  const pace = pacer()
  for (const { file } of found) {
    await pace()
    pictures.push(await readPicture(file, found[0]!.file, pictures[0]))
    progress?.(pictures.length, found.length)
  }
  const isGrey = pictures.every(({ channels }) => channels < 3)
  return {
    data: blobOf(pictures, options.channels ?? (isGrey ? 1 : 3), scale),
    labels: { shape: [found.length], data: Float32Array.from(found, ({ label }) => label) },
    classes,
    files: found.map(({ file }) => file),
  }
}

/** What a folder holds that is not hidden: all of it has to be of one kind. */
async function namesIn(folder: string, kind: "file" | "folder"): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new PrelabError(cause.code === "ENOENT" ? "no such folder" : "cannot read folder", folder, {
      cause,
    })
  })
  const shown = entries.filter(({ name }) => !name.startsWith("."))
  const other = shown.find((entry) => entry.isDirectory() !== (kind === "folder"))
  if (other)
    throw new PrelabError(
      `not a ${kind === "file" ? "file" : "folder of images"}`,
      join(folder, other.name),
      {
        hint: "images lie in one folder for each class",
      },
    )
  return shown.map(({ name }) => name).sort()
}

async function readPicture(file: string, firstFile: string, first?: DecodedPng): Promise<DecodedPng> {
  const bytes = await readFile(file)
  if (!isPng(bytes))
    throw new PrelabError(bytes[0] === 0xff && bytes[1] === 0xd8 ? "JPEG not read" : "not a PNG file", file, {
      hint: "save it as PNG",
    })
  const picture = decodeIn(file, bytes)
  if (first && (first.width !== picture.width || first.height !== picture.height))
    throw new PrelabError(
      "images of different sizes",
      `${picture.width}x${picture.height} beside ${first.width}x${first.height} of ${firstFile}`,
      { file },
    )
  return picture
}

function decodeIn(file: string, bytes: Uint8Array): DecodedPng {
  try {
    return decodePng(bytes)
  } catch (error) {
    throw error instanceof PrelabError ? error.at({ file }) : error
  }
}

/** Fisher and Yates. */
function shuffleInPlace<T>(list: T[], seed: number): void {
  const random = uniform(seed, "images")
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const other = list[j]!
    list[j] = list[i]!
    list[i] = other
  }
}

function blobOf(pictures: readonly DecodedPng[], channels: 1 | 3, scale: number): Blob {
  const { width, height } = pictures[0]!
  const plane = width * height
  const data = new Float32Array(pictures.length * channels * plane)
  for (const [n, picture] of pictures.entries()) {
    for (let channel = 0; channel < channels; channel++) {
      const sample = sampleOf(picture, channels, channel)
      const to = (n * channels + channel) * plane
      for (let i = 0; i < plane; i++) data[to + i] = sample(i) * scale
    }
  }
  return { shape: [pictures.length, channels, height, width], data }
}

/** What a pixel has in a channel, 0 to 255. Grey of colours is OpenCV's, which Caffe reads with: 0.299 R + 0.587 G + 0.114 B. */
function sampleOf({ channels, data }: DecodedPng, wanted: 1 | 3, channel: number): (pixel: number) => number {
  if (channels < 3) return (i) => data[i * channels]!
  if (wanted === 3) return (i) => data[i * channels + 2 - channel]!
  return (i) => {
    const at = i * channels
    return Math.round(0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!)
  }
}
