// A session of onnxruntime over the case's ONNX file, in Node or in a page.
import { floats } from "./turns.mjs"

/** Both packages have onnxruntime-common's interface. @typedef {typeof import("onnxruntime-common")} Ort */

/**
 * @param {Ort} ort
 * @param {{ provider: string, detail: string }} options
 * @returns {import("./contestant.mjs").Opener}
 */
export function onnxruntimeOpener(ort, { provider, detail }) {
  return {
    async prepare({ inputs, outputs }, read) {
      const model = await read("net.onnx")
      const data = await Promise.all(inputs.map(({ file }) => read(file)))
      return async () => {
        const session = await ort.InferenceSession.create(model, { executionProviders: [provider] })
        const arrays = data.map(floats)
        // A tensor is a view of its array: making one is part of a pass.
        const run = () =>
          session.run(
            Object.fromEntries(
              inputs.map(({ shape }, i) => [
                session.inputNames[i],
                new ort.Tensor("float32", arrays[i], shape),
              ]),
            ),
          )
        return {
          ran: { backend: provider, detail },
          run,
          async outputs() {
            const results = await run()
            return Object.fromEntries(
              await Promise.all(
                outputs.map(async ({ blob }, i) => {
                  const name = session.outputNames.includes(blob) ? blob : session.outputNames[i]
                  return [blob, /** @type {Float32Array} */ (await results[name].getData()).slice()]
                }),
              ),
            )
          },
          close: () => session.release(),
        }
      }
    },
  }
}
