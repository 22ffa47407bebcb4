// A contestant's page: what worker.mjs is in Node. Its openers are modules of their own, so that nobody loads another's.
import { asBase64, openCase, timeRuns } from "./turns.mjs"

/** @typedef {import("./contestant.mjs").Case} Case */
/** @typedef {import("./contestant.mjs").Opened} Opened */
/** @typedef {import("./contestant.mjs").Opener} Opener */

/** @type {Map<string, Opened>} */
const opened = new Map()

/** @type {Promise<Opener> | undefined} */
let opener

const bench = {
  /**
   * @param {string} module
   * @param {object} options
   * @param {Case} given
   */
  async open(module, options, given) {
    const load = () => {
      opener ??= import(module).then((loaded) => loaded.opener(options))
      return opener
    }
    const { result, ...times } = await openCase(load, given, (name) => read(`/cases/${given.id}/${name}`))
    opened.set(given.id, result)
    return { ...times, ran: { ...result.ran }, outputs: asBase64(await result.outputs()) }
  },
  /**
   * @param {string} id
   * @param {number} leastMs
   */
  time: (id, leastMs) => timeRuns(of(id), leastMs),
  /** @param {string} id */
  async close(id) {
    await of(id).close()
    opened.delete(id)
  },
}

/** @param {string} url */
async function read(url) {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return new Uint8Array(await answer.arrayBuffer())
}

/** @param {string} id */
function of(id) {
  const found = opened.get(id)
  if (!found) throw new Error(`no such case: ${id}`)
  return found
}

Object.assign(globalThis, { bench })
