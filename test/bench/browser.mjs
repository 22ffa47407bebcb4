// How long does one forward pass take in a page, on the reader's graphics card? prelab's browser engine (gpu.js on WebGL2 and
// WebGPU) beside onnxruntime-web and tfjs, a page each, in turns, in the same Chromium. Where there is no graphics card
// Chromium's own software stands in for it: then only the small nets, and the times say nothing about a real one.
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { openChromium } from "./engines/chromium.mjs"
import { documentOf } from "./engines/document.mjs"
import { installTfjs } from "./engines/installs.mjs"
import { nets } from "./engines/nets.mjs"
import { parseOptions } from "./engines/options.mjs"
import { inPages, pageContestants } from "./engines/page-contestants.mjs"
import { writePagePlans } from "./engines/page-plans.mjs"
import { servePages } from "./engines/page-server.mjs"
import { playNet } from "./engines/play-net.mjs"
import { report, say } from "./engines/report.mjs"
import { browserTargets } from "./engines/targets.mjs"

/** @param {string[]} [args] */
export async function bench(args = []) {
  const { rounds, json, wantsNet, wantsContestant, isWhole } = parseOptions("browser", args, pageContestants)
  const [loadBefore] = loadavg()
  const { folder } = await installTfjs()
  const root = mkdtempSync(join(tmpdir(), "prelab-browser-"))
  const { origin, close } = await servePages(root, folder)
  const { browser, hasCard, machine } = await openChromium(origin)
  try {
    const contestants = inPages(await browser.newContext(), origin, hasCard).filter(({ name }) =>
      wantsContestant(name),
    )
    const played = []
    for (const net of nets.filter(({ name }) => wantsNet(name))) {
      const some = contestants.filter(({ wantsCard }) => net.isSmall || hasCard || !wantsCard)
      const options = { root, rounds, growthRounds: Math.ceil(rounds / 2), say, alsoWrite: writePagePlans }
      played.push(await playNet(net, some, options))
    }
    say("")
    const run = { rounds, targets: browserTargets, loadBefore, machine }
    await report("browser", documentOf(played, run), { json, isWhole })
  } finally {
    await browser.close()
    close()
    rmSync(root, { recursive: true, force: true })
  }
}
