// Plain gpu.js: the kernels that one writes by hand, one loop nest a layer.
import { join } from "node:path"
import { caffe, engines, layers } from "./library.mjs"
import { floats } from "./turns.mjs"

/**
 * @param {{ backend: string, kernels: string }} options
 * @returns {Promise<import("./contestant.mjs").Opener>}
 */
export async function opener({ backend, kernels }) {
  const [{ loadNet }, { callsOf }, { feed }] = [await caffe(), await layers(), await engines()]
  const { makePlain } = await import(kernels)
  return {
    async prepare({ folder, inputs }, read) {
      const net = await loadNet(join(folder, "net.prototxt"), join(folder, "net.caffemodel"))
      const data = await Promise.all(inputs.map(({ file }) => read(file)))
      return async () => {
        const calls = callsOf(net, Object.fromEntries(inputs.map(({ blob, shape }) => [blob, shape])))
        const plan = makePlain({ calls, backend })
        const given = feed(
          net,
          Object.fromEntries(inputs.map(({ blob, shape }, i) => [blob, { shape, data: floats(data[i]) }])),
        )
        return {
          get ran() {
            return { backend, detail: plan.executor }
          },
          run: () => plan.run(given),
          async outputs() {
            const results = await plan.run(given)
            // gpu.js goes on elsewhere without a word where a plan is too much for the backend.
            if (!plan.executor.startsWith(backend)) throw new Error(`ran on ${plan.executor} instead`)
            return Object.fromEntries(
              [...results].map(([value, result]) => [value.blob, Float32Array.from(result)]),
            )
          },
          close: () => plan.dispose(),
        }
      }
    },
  }
}
