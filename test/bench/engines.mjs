// How long does one forward pass take, on which engine? prelab's own beside those that people would use instead: the same
// nets, the same inputs, a process each, in turns. Before and after folding, the first pass with all it compiles, memory,
// and how the time grows with batch and size. Whose answer is not the reference's gets no time.
// Expected: native code (OpenCV, onnxruntime) ahead of everything by an order of magnitude where there is no graphics
// card, and prelab's onnx engine as fast as onnxruntime itself.
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { contestants } from "./engines/contestants.mjs"
import { documentOf } from "./engines/document.mjs"
import { vulkan } from "./engines/library.mjs"
import { nets } from "./engines/nets.mjs"
import { parseOptions } from "./engines/options.mjs"
import { playNet } from "./engines/play-net.mjs"
import { report, say } from "./engines/report.mjs"
import { targets } from "./engines/targets.mjs"

/** @param {string[]} [args] */
export async function bench(args = []) {
  const { rounds, json, wantsNet, wantsContestant, isWhole } = parseOptions("engines", args, contestants)
  const [loadBefore] = loadavg()
  const hasCard = (await vulkan()).mayHaveGraphicsHardware()
  const root = mkdtempSync(join(tmpdir(), "prelab-engines-"))
  try {
    const played = []
    for (const net of nets.filter(({ name }) => wantsNet(name))) {
      const some = contestants.filter(
        ({ name, wantsCard, wantsSmall }) =>
          wantsContestant(name) && (net.isSmall || !(wantsSmall || (wantsCard && !hasCard))),
      )
      played.push(await playNet(net, some, { root, rounds, growthRounds: Math.ceil(rounds / 2), say }))
    }
    say("")
    await report("engines", documentOf(played, { rounds, targets, loadBefore }), { json, isWhole })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
