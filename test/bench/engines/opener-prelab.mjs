// prelab's engines. A plan is compiled once and run again and again, as a program does that has more than one input;
// "auto" is measured from the outside, as `forward` with all that it does for a reader each time.
import { join } from "node:path"
import { caffe, engines, layers } from "./library.mjs"
import { floats } from "./turns.mjs"

/** @typedef {import("../../../src/engines/index.js").EngineChoice} EngineChoice */
/** @typedef {import("../../../src/engines/index.js").Backend} Backend */
/** @typedef {import("../../../src/engines/index.js").Ran} Ran */
/** @typedef {import("../../../src/net/index.js").Net} Net */
/** @typedef {import("../../../src/net/index.js").Blob} Blob */
/** @typedef {import("./contestant.mjs").Opened} Opened */

/**
 * @param {{ engine: EngineChoice, backend?: Backend }} options
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ engine, backend }) {
  const [{ loadNet }] = [await caffe(), await layers(), await engines()]
  return {
    async prepare({ folder, inputs }, read) {
      const net = await loadNet(join(folder, "net.prototxt"), join(folder, "net.caffemodel"))
      const blobs = Object.fromEntries(
        await Promise.all(
          inputs.map(async ({ blob, shape, file }) => [blob, { shape, data: floats(await read(file)) }]),
        ),
      )
      return () => (engine === "auto" ? openForward(net, blobs) : openPlan(net, blobs, engine, backend))
    },
  }
}

/**
 * @param {Net} net
 * @param {Record<string, Blob>} blobs
 * @param {Exclude<EngineChoice, "auto">} engine
 * @param {Backend} [backend]
 * @returns {Promise<Opened>}
 */
async function openPlan(net, blobs, engine, backend) {
  const [{ callsOf }, { engineOf, feed }] = [await layers(), await engines()]
  const calls = callsOf(
    net,
    Object.fromEntries(Object.entries(blobs).map(([name, { shape }]) => [name, shape])),
  )
  const plan = await engineOf(engine).compile(calls, net.outputs, backend ? { backend } : {})
  const given = feed(net, blobs)
  return {
    get ran() {
      return { backend: plan.backend, ...(plan.detail ? { detail: plan.detail } : {}) }
    },
    run: () => plan.run(given),
    outputs: async () =>
      Object.fromEntries([...(await plan.run(given))].map(([value, data]) => [value.blob, data])),
    close: () => plan.dispose(),
  }
}

/**
 * @param {Net} net
 * @param {Record<string, Blob>} blobs
 * @returns {Promise<Opened>}
 */
async function openForward(net, blobs) {
  const { forward } = await engines()
  let ran = { backend: "" }
  const run = async () => {
    const result = await forward(net, blobs, { engine: "auto" })
    ran = {
      backend: `${result.engine}, ${result.backend}`,
      ...(result.detail ? { detail: result.detail } : {}),
    }
    return result
  }
  return {
    get ran() {
      return ran
    },
    run,
    outputs: async () =>
      Object.fromEntries(Object.entries((await run()).outputs).map(([name, { data }]) => [name, data])),
    close() {},
  }
}
