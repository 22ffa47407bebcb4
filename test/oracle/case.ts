import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readNpy } from "../../src/formats/npy.js"
import { type Blob, count, type Shape } from "../../src/net/index.js"

const here = fileURLToPath(new URL(".", import.meta.url))
const beside = join(here, "..", "..", "..", "shared", "oracle")

/** The whole oracle where it lies beside the repository, else the part that is committed. */
export const oracle = existsSync(beside) ? beside : join(here, "cases")
export const isWhole = oracle === beside

export interface OracleCase {
  readonly folder: string
  readonly title: string
  readonly phase?: "TEST" | "TRAIN"
  readonly state?: { level?: number; stages?: string[] }
  readonly prototxt: string
  readonly caffemodel: string
  readonly inputs: readonly { blob: string; shape: Shape; file: string; repeat?: Shape; file_shape?: Shape }[]
  readonly outputs: readonly OracleOutput[]
}

export interface OracleOutput {
  readonly blob: string
  readonly layer: string
  readonly layer_index: number
  readonly type: string
  readonly shape: Shape
  readonly file: string
  readonly sample_stride?: number
}

export function casesOf(category: string): string[] {
  const folder = join(oracle, category)
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "case.json")))
    : []
}

export function readCase(category: string, name: string): OracleCase {
  const folder = join(oracle, category, name)
  const json = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"))
  const file = (named: string) => {
    const path = join(folder, named)
    return existsSync(path) ? path : `${path}.gz`
  }
  const text = json.prototxt ?? readdirSync(folder).find((named) => /^(net|.*_deploy)\.prototxt$/.test(named))
  return {
    ...json,
    folder,
    prototxt: file(text),
    caffemodel: file(json.caffemodel ?? "net.caffemodel"),
  }
}

export function readArray(of: OracleCase, file: string): Blob {
  return readNpy(readFileSync(join(of.folder, file)))
}

/** The inputs of a case; `repeat` repeats every element per axis. */
export function inputsOf(of: OracleCase): Record<string, Blob> {
  return Object.fromEntries(
    of.inputs.map(({ blob, shape, file, repeat }) => {
      const stored = readArray(of, file)
      return [blob, repeat ? repeated(stored, repeat, shape) : { shape, data: stored.data }]
    }),
  )
}

function repeated({ shape: from, data }: Blob, repeat: Shape, shape: Shape): Blob {
  const out = new Float32Array(count(shape))
  const at = shape.map(() => 0)
  for (let i = 0; i < out.length; i++) {
    let index = 0
    for (let axis = 0; axis < shape.length; axis++)
      index = index * from[axis]! + Math.floor(at[axis]! / repeat[axis]!)
    out[i] = data[index]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]!++
      if (at[axis]! < shape[axis]!) break
      at[axis] = 0
    }
  }
  return { shape, data: out }
}
