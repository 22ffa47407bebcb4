// Which of gpu.js's backends are there on this machine, do they compute the same, and how fast? Node's backends and those of
// a page of Chromium, with the adapter that really answers: made for a machine with a GPU, it says so where there is none.
// Every oracle case and every layer of the nets is compared with its bound; then whole nets run on all backends in turns.
// The table goes to test/bench/results/devices.json. The work is TypeScript's: vitest runs it from the sources.
import { spawn } from "node:child_process"
import { inRoot } from "../../src/setup/paths.mjs"

const usage = `npm run bench -- devices [--rounds N] [--software] [--large]
  --software  in the page, Chromium's software GPU instead of the machine's
  --large     open_nsfw too: minutes without a GPU`

/** @param {string[]} args */
export async function bench(args) {
  const options = { rounds: 5, software: false, large: false }
  for (const rest = [...args]; rest.length > 0; ) {
    const name = rest.shift()
    if (name === "--rounds") options.rounds = Number(rest.shift())
    else if (name === "--software") options.software = true
    else if (name === "--large") options.large = true
    else throw new Error(`bench: unknown option: ${name}\n${usage}`)
  }
  if (!(Number.isInteger(options.rounds) && options.rounds > 0))
    throw new Error(`bench: invalid number of rounds\n${usage}`)
  const vitest = inRoot("node_modules", "vitest", "vitest.mjs")
  const child = spawn(process.execPath, [vitest, "run", "--config", "test/bench/devices.config.ts"], {
    cwd: inRoot(),
    stdio: "inherit",
    env: {
      ...process.env,
      PRELAB_ROUNDS: String(options.rounds),
      ...(options.large ? { PRELAB_EVERY_LAYER: "1" } : {}),
      ...(options.software ? {} : { PRELAB_REAL_GPU: "1" }),
    },
  })
  process.exitCode = await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)))
}
