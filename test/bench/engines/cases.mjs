// A case is a net in one form at one input size, written down as every contestant reads it, with the reference's answer.
import { mkdirSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { caffe, engines, layers, onnx, roundingFloor, savedNets, transforms } from "./library.mjs"
import { translate } from "./tfjs-net.mjs"

/** @typedef {import("./contestant.mjs").Case} Case */
/** @typedef {import("./nets.mjs").BenchNet} BenchNet */
/** @typedef {import("../../../src/net/index.js").Net} Net */
/** @typedef {import("../../../src/layers/index.js").NetCalls} NetCalls */

/** More files of a case. @typedef {(calls: NetCalls, folder: string) => Promise<void>} AlsoWrite */

/** What the outputs have to be, by blob. @typedef {Record<string, { data: Float32Array, floor: number }>} Expected */

/**
 * A net at one input size: its forms, and what both have to answer.
 * @typedef {{ forms: Case[], expected: Expected, macs: number, shape: number[] }} Sized
 */

const seeds = [1, 2, 3]

/**
 * @param {BenchNet} benchNet
 * @returns {Promise<{ plain: Net, folded?: Net, foldNote: string } | undefined>} undefined where its files are not here
 */
export async function loadForms(benchNet) {
  const files = await benchNet.files()
  if (!files) return undefined
  const [{ loadNet }, { foldBatchNorm }] = [await caffe(), await transforms()]
  const plain = await loadNet(files.prototxt, files.caffemodel)
  const { net: folded, report } = foldBatchNorm(plain)
  if (report.folded + report.merged === 0) return { plain, foldNote: "nothing to fold" }
  return { plain, folded, foldNote: `${report.folded} folded, ${report.kept} kept` }
}

/**
 * Writes the files of a net at one input size below `root`.
 * @param {string} root
 * @param {BenchNet} benchNet
 * @param {{ plain: Net, folded?: Net }} nets
 * @param {number[]} shape
 * @param {AlsoWrite} [alsoWrite]
 * @returns {Promise<Sized>}
 */
export async function writeCases(root, benchNet, { plain, folded }, shape, alsoWrite) {
  const { callsOf } = await layers()
  const [{ saveNet }, { exportOnnx }] = [await savedNets(), await onnx()]
  const data = await benchNet.values(shape)
  /** @param {Net} net @param {Case["form"]} form */
  const write = async (net, form) => {
    const id = [benchNet.name, shape.join("x"), form.replaceAll(" ", "-")].join("-")
    const folder = join(root, id)
    mkdirSync(folder, { recursive: true })
    const calls = callsOf(net, { [benchNet.input]: shape })
    await saveNet(net, join(folder, "net"))
    await writeFile(join(folder, "input.f32"), data)
    const { weights, ...described } = translate(calls)
    await writeFile(join(folder, "net.tfjs.json"), JSON.stringify(described))
    await writeFile(join(folder, "net.tfjs.bin"), weights)
    await alsoWrite?.(calls, folder)
    await exportOnnx(net, join(folder, "net.onnx"), { inputs: { [benchNet.input]: shape } })
    return {
      id,
      net: benchNet.name,
      form,
      folder,
      inputs: [{ blob: benchNet.input, shape, file: "input.f32" }],
      outputs: net.outputs.map((value) => ({
        blob: value.blob,
        layer: net.producer(value).name,
        shape: [.../** @type {readonly number[]} */ (calls.shapes.get(value))],
      })),
    }
  }
  const forms = [await write(plain, "as it is"), ...(folded ? [await write(folded, "folded")] : [])]
  const calls = callsOf(plain, { [benchNet.input]: shape })
  return { forms, shape, macs: macsOf(calls), expected: await answerOf(calls, benchNet.input, data) }
}

/**
 * The reference's answer, and how far rounding alone moves it: every blob nudged by random half ulps.
 * @param {NetCalls} calls
 * @param {string} input
 * @param {Float32Array} data
 * @returns {Promise<Expected>}
 */
async function answerOf(calls, input, data) {
  const [{ feed, reference }, { farthest, largestOf, nudged }] = [await engines(), await roundingFloor()]
  const { net } = calls
  const given = feed(net, { [input]: { shape: [data.length], data } })
  const plan = await reference.compile(calls, net.outputs)
  const answer = await plan.run(given)
  const floors = new Map(net.outputs.map((value) => [value, 0]))
  for (const seed of seeds) {
    const moved = await nudged(calls, given, net.outputs, seed)
    for (const [value, floor] of floors) {
      const [x, y] = [answer.get(value), moved.get(value)]
      if (x && y) floors.set(value, Math.max(floor, farthest(x, y)))
    }
  }
  return Object.fromEntries(
    net.outputs.map((value) => {
      const result = /** @type {Float32Array} */ (answer.get(value))
      // Where nothing moved, the last bit of the largest output is still rounding.
      const floor = Math.max(Number(floors.get(value)), largestOf(result) * 2 ** -24)
      return [value.blob, { data: result, floor }]
    }),
  )
}

/** @param {NetCalls} calls */
function macsOf({ calls }) {
  return [...calls.values()].reduce((sum, { type, call }) => sum + (type.macs?.(call) ?? 0), 0)
}
