// The nets of this bench, the inputs they are run with, and the sizes at which they are looked at.
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { inRoot } from "../../../src/setup/paths.mjs"
import { arrays } from "./library.mjs"

/**
 * @typedef {object} BenchNet
 * @property {string} name
 * @property {string} title
 * @property {() => Promise<{ prototxt: string, caffemodel: string | Uint8Array } | undefined>} files undefined where they are not on this machine
 * @property {string} input
 * @property {number[]} shape
 * @property {(shape: number[]) => Promise<Float32Array>} values
 * @property {{ of: "batch" | "size", shapes: number[][] }[]} growth
 * @property {boolean} isSmall small enough for a graphics card made of software
 */

const models = process.env.PRELAB_MODELS ?? inRoot("..", "shared", "oracle", "models")
const data = inRoot("notebooks", "data")

/** What is missing is told once, in the table. */
export const modelsHint = `not in ${models}; PRELAB_MODELS names another folder`

/** @type {readonly BenchNet[]} */
export const nets = [
  {
    name: "det1",
    title: "MTCNN det1, 216x384",
    files: () => filesOf("det1", "det1.prototxt", "det1.caffemodel"),
    input: "data",
    shape: [1, 3, 216, 384],
    values: noise(-1, 1),
    growth: [
      { of: "batch", shapes: [1, 4, 16, 64].map((n) => [n, 3, 54, 96]) },
      { of: "size", shapes: [0.25, 0.5, 1, 2].map((scale) => [1, 3, 216 * scale, 384 * scale]) },
    ],
    isSmall: true,
  },
  {
    name: "det2",
    title: "MTCNN det2, 64 pictures of 24x24",
    files: () => filesOf("det2", "det2.prototxt", "det2.caffemodel"),
    input: "data",
    shape: [64, 3, 24, 24],
    values: noise(-1, 1),
    growth: [],
    isSmall: true,
  },
  {
    name: "open_nsfw",
    title: "open_nsfw (ResNet-50, half as wide), 224x224",
    files: () => filesOf("open_nsfw", "deploy.prototxt", "resnet_50_1by2_nsfw.caffemodel.gz"),
    input: "data",
    shape: [1, 3, 224, 224],
    // With more contrast than this the softmax has nothing to decide any more, and hides what is wrong before it.
    values: noise(-10, 10),
    growth: [],
    isSmall: false,
  },
  {
    name: "digits",
    title: "digits, 64 pictures of 28x28",
    files: async () => ({
      prototxt: join(data, "digits.prototxt"),
      caffemodel: join(data, "digits.caffemodel"),
    }),
    input: "data",
    shape: [64, 1, 28, 28],
    async values([n]) {
      const { loadArray } = await arrays()
      const { data: pictures } = await loadArray(join(data, "digits-100.npy"))
      return pictures.slice(0, n * 28 * 28)
    },
    growth: [{ of: "batch", shapes: [1, 4, 16, 64].map((n) => [n, 1, 28, 28]) }],
    isSmall: true,
  },
]

/**
 * @param {string} folder
 * @param {string} prototxt
 * @param {string} caffemodel
 */
async function filesOf(folder, prototxt, caffemodel) {
  const file = join(models, folder, caffemodel)
  if (!existsSync(file)) return undefined
  return {
    prototxt: join(models, folder, prototxt),
    caffemodel: file.endsWith(".gz") ? gunzipSync(await readFile(file)) : file,
  }
}

/**
 * The same numbers on every machine: a linear congruential generator (Numerical Recipes' constants), its high bits.
 * @param {number} from
 * @param {number} to
 * @returns {BenchNet["values"]}
 */
function noise(from, to) {
  return async (shape) => {
    let state = 20150206
    return Float32Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return from + ((to - from) * (state >>> 8)) / 2 ** 24
    })
  }
}
