import { openTfjs } from "./tfjs-run.mjs"
import { floats } from "./turns.mjs"

/**
 * A contestant whose nets tfjs runs, in Node and in a page alike.
 * @param {any} tf tfjs, its backend set
 * @param {() => string | undefined} detail what there is to say of the backend
 * @returns {import("./contestant.mjs").Opener}
 */
export function tfjsOpener(tf, detail) {
  return {
    async prepare({ inputs }, read) {
      const net = JSON.parse(new TextDecoder().decode(await read("net.tfjs.json")))
      const weights = floats(await read("net.tfjs.bin"))
      const given = await Promise.all(inputs.map(async ({ blob, file }) => [blob, floats(await read(file))]))
      return async () => {
        const opened = openTfjs(tf, { ...net, weights }, Object.fromEntries(given))
        const words = detail()
        return { ...opened, ran: { backend: tf.getBackend(), ...(words ? { detail: words } : {}) } }
      }
    },
  }
}
