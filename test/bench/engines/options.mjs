// The options of both engine benches.
import { nets } from "./nets.mjs"

const defaultRounds = 5

/**
 * @param {string} bench
 * @param {string[]} args
 * @param {readonly { name: string }[]} contestants
 */
export function parseOptions(bench, args, contestants) {
  const names = { only: contestants.map(({ name }) => name), net: nets.map(({ name }) => name) }
  const usage = `npm run bench -- ${bench} [--rounds N] [--json] [--only NAME]... [--net NET]...
  NAME is a contestant (${names.only.join(", ")})
  NET is ${names.net.join(", ")}`
  /** @type {{ only: string[], net: string[] }} */
  const chosen = { only: [], net: [] }
  let rounds = defaultRounds
  let json = false
  const rest = [...args]
  while (rest.length > 0) {
    const option = rest.shift()
    const value = () => rest.shift() ?? ""
    if (option === "--json") json = true
    else if (option === "--rounds") rounds = Number(value())
    else if (option === "--only" || option === "--net") {
      const kind = option === "--only" ? "only" : "net"
      const name = value()
      if (!names[kind].includes(name)) throw new Error(`bench: nothing of this name: ${name}\n${usage}`)
      chosen[kind].push(name)
    } else throw new Error(`bench: unknown option: ${option}\n${usage}`)
  }
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error(`bench: invalid number of rounds\n${usage}`)
  return {
    rounds,
    json,
    /** A whole run is kept beside the bench. */
    isWhole: chosen.only.length + chosen.net.length === 0,
    wantsNet: (/** @type {string} */ name) => chosen.net.length === 0 || chosen.net.includes(name),
    wantsContestant: (/** @type {string} */ name) => chosen.only.length === 0 || chosen.only.includes(name),
  }
}
