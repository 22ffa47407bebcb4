import { createHash } from "node:crypto"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { gunzipSync } from "node:zlib"
import { cacheFolder } from "../cache-folder.js"
import { PrelabError } from "../error.js"
import { download, type Source } from "../formats/source.js"
import { nearest } from "../net/index.js"

/** Told while a file is downloaded: its name, the bytes so far, and the total where it is known. */
export type Progress = (file: string, bytes: number, total: number | undefined) => void

interface ZooFile {
  readonly file: string
  readonly url: string
  readonly sha256: string
}

const mtcnn =
  "https://raw.githubusercontent.com/kpzhang93/MTCNN_face_detection_alignment/master/code/codes/MTCNNv1/model"
const nsfw = "https://raw.githubusercontent.com/yahoo/open_nsfw/master/nsfw_model"

/** Public models by name; every file is pinned by its SHA-256. */
const models: Readonly<Record<string, { readonly prototxt: ZooFile; readonly caffemodel: ZooFile }>> = {
  "mtcnn/det1": {
    prototxt: {
      file: "det1.prototxt",
      url: `${mtcnn}/det1.prototxt`,
      sha256: "adc1756d8515d3ca3a6a186c0fadab66fcae04bd8d3c6388e2fe8797a626dde4",
    },
    caffemodel: {
      file: "det1.caffemodel",
      url: `${mtcnn}/det1.caffemodel`,
      sha256: "d6085e7f48ba7e6b6f1b58964595f6bce5b97bcc4866751f7b4bdc98f920c096",
    },
  },
  "mtcnn/det2": {
    prototxt: {
      file: "det2.prototxt",
      url: `${mtcnn}/det2.prototxt`,
      sha256: "077686e89e606354f425366afdb2018777d93c6450b50e2c12301f8a97f6bb47",
    },
    caffemodel: {
      file: "det2.caffemodel",
      url: `${mtcnn}/det2.caffemodel`,
      sha256: "39b20f7a57bb8176cc9466cea4dfd52da6a6f876de60c7ab222a309f2d0ca08c",
    },
  },
  open_nsfw: {
    prototxt: {
      file: "deploy.prototxt",
      url: `${nsfw}/deploy.prototxt`,
      sha256: "a359e2d7b23abca938bb52580acf578c1b78870263fea814afa294fb4f315a4b",
    },
    caffemodel: {
      file: "resnet_50_1by2_nsfw.caffemodel",
      url: `${nsfw}/resnet_50_1by2_nsfw.caffemodel`,
      sha256: "74b7c0374425c2b324f73b134f8a7254eab9bbddc9e452a22d934b8c17015ad2",
    },
  },
}

export function isZooName(source: Source): source is string {
  return typeof source === "string" && source.startsWith("zoo:")
}

/** The names that `loadNet("zoo:…")` knows. */
export function zooNames(): string[] {
  return Object.keys(models)
}

/**
 * The files of a public model: from the folder `PRELAB_MODELS`, else from the cache, else from its public address.
 * @throws PrelabError when the name is unknown, the download fails, or the bytes are not the pinned ones
 */
export async function fetchModel(
  name: string,
  progress?: Progress,
): Promise<{ prototxt: Uint8Array; caffemodel: Uint8Array }> {
  const key = name.slice("zoo:".length)
  const model = models[key]
  if (model === undefined) {
    const hint = nearest(key, zooNames()) ?? zooNames().join(", ")
    throw new PrelabError("unknown zoo model", name, { hint: `did you mean zoo:${hint}?` })
  }
  return {
    prototxt: await fetchFile(key, model.prototxt, progress),
    caffemodel: await fetchFile(key, model.caffemodel, progress),
  }
}

async function fetchFile(key: string, file: ZooFile, progress: Progress | undefined): Promise<Uint8Array> {
  const local = await findLocal(key, file)
  if (local) return local
  const cached = cacheFolder("models", key, file.file)
  const bytes = await download(file.url, (done, total) => progress?.(file.file, done, total))
  if (digest(bytes) !== file.sha256) {
    throw new PrelabError("download is not the pinned file", file.url, {
      hint: `SHA-256 is ${digest(bytes)}, expected ${file.sha256}`,
    })
  }
  await mkdir(dirname(cached), { recursive: true })
  const temporary = `${cached}.${process.pid}`
  await writeFile(temporary, bytes)
  await rename(temporary, cached)
  return bytes
}

/** A copy with the right digest in `PRELAB_MODELS` (by folder or flat, gzipped or not) or in the cache. */
async function findLocal(key: string, { file, sha256 }: ZooFile): Promise<Uint8Array | undefined> {
  const folders = [process.env.PRELAB_MODELS, cacheFolder()].filter(
    (folder): folder is string => folder !== undefined,
  )
  for (const folder of folders) {
    for (const place of [
      join(folder, key, file),
      join(folder, key.split("/").pop()!, file),
      join(folder, file),
    ]) {
      for (const suffix of ["", ".gz"]) {
        const bytes = await readIfThere(place + suffix)
        if (bytes === undefined) continue
        const plain = suffix ? gunzipSync(bytes) : bytes
        if (digest(plain) === sha256) return plain
      }
    }
  }
  return undefined
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === "ENOENT" ||
      (error as NodeJS.ErrnoException).code === "ENOTDIR"
    )
      return undefined
    throw new PrelabError("cannot read file", path, { cause: error })
  }
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}
