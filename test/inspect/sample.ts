import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { loadNet } from "../../src/caffe/index.js"
import { readNpy } from "../../src/formats/npy.js"
import type { Blob, Net } from "../../src/net/index.js"

/** The sample net and its training runs, as the notebooks use them. */
const sample = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

export function samplePath(name: string): string {
  return join(sample, name)
}

export function digits(): Promise<Net> {
  return loadNet(samplePath("digits.prototxt"), samplePath("digits.caffemodel"))
}

/** A hundred test digits, [100, 1, 28, 28]. */
export function digitImages(): Blob {
  return readNpy(readFileSync(samplePath("digits-100.npy")))
}

/** Caffe's own probabilities for them, [100, 10]. */
export function digitProbabilities(): Blob {
  return readNpy(readFileSync(samplePath("digits-100-prob.npy")))
}

export function history(name: string): unknown {
  return JSON.parse(readFileSync(samplePath(name), "utf8"))
}
