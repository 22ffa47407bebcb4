// prelab's engines: a plan is compiled once and run again and again, as a program does that has more than one input.
import { join } from "node:path"
import { caffe, engines, layers } from "./library.mjs"
import { floats } from "./turns.mjs"

/** @typedef {import("../../../src/engines/index.js").EngineName} EngineName */
/** @typedef {import("../../../src/engines/index.js").Backend} Backend */

/**
 * @param {{ engine: EngineName, backend?: Backend }} options
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ engine, backend }) {
  const [{ loadNet }, { callsOf }, { engineOf, feed }] = [await caffe(), await layers(), await engines()]
  return {
    async prepare({ folder, inputs }, read) {
      const net = await loadNet(join(folder, "net.prototxt"), join(folder, "net.caffemodel"))
      const blobs = Object.fromEntries(
        await Promise.all(
          inputs.map(async ({ blob, shape, file }) => [blob, { shape, data: floats(await read(file)) }]),
        ),
      )
      return async () => {
        const calls = callsOf(net, Object.fromEntries(inputs.map(({ blob, shape }) => [blob, shape])))
        const plan = await engineOf(engine).compile(calls, net.outputs, backend ? { backend } : {})
        const given = feed(net, blobs)
        return {
          get ran() {
            const name = plan.engine === engine ? "" : `${plan.engine}, `
            return { backend: `${name}${plan.backend}`, ...(plan.detail ? { detail: plan.detail } : {}) }
          },
          run: () => plan.run(given),
          outputs: async () =>
            Object.fromEntries([...(await plan.run(given))].map(([value, data]) => [value.blob, data])),
          close: () => plan.dispose(),
        }
      }
    },
  }
}
