// How long does one iteration of training take: LeNet with PReLUs on digits, batch 64, forward, backward and update?
// This size because it is the one that a lesson about training uses, and Caffe's own example.
// Peer: TensorFlow.js on its plain JavaScript backend, the same weights and batch; its WebAssembly backend has no gradient of
// a convolution. All live in processes of their own and take turns. Expected: below 100 ms on two cores, and TensorFlow.js far
// behind. Caffe's figure is one measured elsewhere, as an order of magnitude. Ends with the losses, which must agree: bit for
// bit between numbers of threads.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { inRoot } from "../../src/setup/paths.mjs"
import { median, table } from "./statistics.mjs"

const tensorflow = "@tensorflow/tfjs@4.22.0"

/** Milliseconds an iteration: BVLC Caffe 1.0 with OpenBLAS on one thread, on another machine. */
const caffe = "25 to 40"

/** A folder of the bench's own with TensorFlow.js in it; undefined where npm cannot fetch it. */
function folderWithTensorflow() {
  const folder = inRoot(".cache", "bench")
  if (!existsSync(join(folder, "node_modules", "@tensorflow", "tfjs"))) {
    mkdirSync(folder, { recursive: true })
    if (!existsSync(join(folder, "package.json")))
      writeFileSync(join(folder, "package.json"), '{ "private": true }\n')
    const { status } = spawnSync(
      "npm",
      ["install", "--no-audit", "--no-fund", "--ignore-scripts", tensorflow],
      {
        cwd: folder,
        stdio: "inherit",
        shell: process.platform === "win32",
      },
    )
    if (status !== 0) return undefined
  }
  return folder
}

/**
 * A process that answers every line with the milliseconds of an iteration, its loss, and the processor's milliseconds where it
 * knows them.
 */
function contestant(
  /** @type {string} */ script,
  /** @type {string[]} */ args = [],
  /** @type {Record<string, string>} */ env = {},
) {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async iterate() {
      child.stdin.write("\n")
      const { value, done } = await lines.next()
      if (done) throw new Error(`bench: ${script} ended`)
      const [ms = Number.NaN, loss = Number.NaN, cost = Number.NaN] = String(value).split(" ").map(Number)
      return { ms, loss, cost }
    },
    stop: () => child.stdin.end(),
  }
}

export async function bench(/** @type {string[]} */ args) {
  const rounds = Number(args[args.indexOf("--rounds") + 1] ?? Number.NaN) || 3
  const folder = folderWithTensorflow()
  const ours = contestant("train-prelab.mjs")
  const alone = contestant("train-prelab.mjs", [], { PRELAB_THREADS: "1" })
  const theirs = folder === undefined ? undefined : contestant("train-tfjs.mjs", [folder])
  /** @type {Record<"ours" | "alone" | "theirs", { ms: number, loss: number, cost: number }[]>} */
  const times = { ours: [], alone: [], theirs: [] }
  const first = { ours: (await ours.iterate()).loss, theirs: (await theirs?.iterate())?.loss }
  await alone.iterate()
  // The compiler needs some iterations before it knows what to make fast.
  for (let i = 0; i < 5; i++) {
    await ours.iterate()
    await alone.iterate()
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 10; i++) {
      times.ours.push(await ours.iterate())
      times.alone.push(await alone.iterate())
    }
    if (theirs) times.theirs.push(await theirs.iterate())
  }
  for (const each of [ours, alone, theirs]) each?.stop()
  const { node } = process.versions
  console.log(
    `LeNet with PReLUs, batch 64, ${rounds} rounds in turns, a process each, Node ${node}, ${cpus()[0]?.model}, ${cpus().length} processors\n`,
  )
  const ms = (/** @type {{ ms: number }[]} */ list) => list.map((each) => each.ms)
  const row = (/** @type {string} */ name, /** @type {typeof times.ours} */ list) => {
    const cost = median(list.map((each) => each.cost))
    return [
      name,
      median(ms(list)).toFixed(0),
      Math.min(...ms(list)).toFixed(0),
      Number.isNaN(cost) ? "" : cost.toFixed(0),
      (median(ms(times.ours)) / median(ms(list))).toFixed(4),
    ]
  }
  console.log(
    table([
      ["an iteration", "median ms", "least", "processor ms", "prelab / this"],
      row("prelab, reference engine", times.ours),
      row("prelab, PRELAB_THREADS=1", times.alone),
      theirs
        ? row(`${tensorflow}, backend cpu`, times.theirs)
        : [`${tensorflow}`, "not installed", "", "", ""],
      ["Caffe, elsewhere", caffe, "", "", ""],
    ]),
  )
  console.log(`\nfirst loss: ${first.ours} here, ${first.theirs ?? "none"} in TensorFlow.js`)
  const differs = times.ours.findIndex(({ loss }, i) => loss !== times.alone[i]?.loss)
  if (differs >= 0)
    throw new Error(`bench: losses differ with the number of threads, in iteration ${differs + 6}`)
  // Float32 sums in another order: the loss of 64 items agrees to about a millionth.
  if (first.theirs !== undefined && !(Math.abs(first.ours - first.theirs) < 1e-5 * first.ours))
    throw new Error("bench: the first losses differ")
}
