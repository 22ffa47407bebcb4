// How long does one iteration of training take: LeNet with PReLUs on digits, batch 64, forward, backward and update?
// This size because it is the one that a lesson about training uses, and Caffe's own example.
// Peer: TensorFlow.js on its plain JavaScript backend, the same weights and batch; its WebAssembly backend has no gradient of
// a convolution. Both live in processes of their own and take turns. Expected: 200 ms on two cores, and TensorFlow.js far
// behind. Caffe's figure is one measured elsewhere, as an order of magnitude. Ends with the first loss, which must agree.
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

/** A folder of the bench's own with TensorFlow.js in it. */
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
    if (status !== 0) throw new Error("bench: TensorFlow.js cannot be installed")
  }
  return folder
}

/** A process that answers every line with the milliseconds of an iteration and its loss. */
function contestant(/** @type {string} */ script, /** @type {string[]} */ ...args) {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async iterate() {
      child.stdin.write("\n")
      const { value, done } = await lines.next()
      if (done) throw new Error(`bench: ${script} ended`)
      const [ms, loss] = String(value).split(" ").map(Number)
      return { ms: ms ?? Number.NaN, loss: loss ?? Number.NaN }
    },
    stop: () => child.stdin.end(),
  }
}

export async function bench(/** @type {string[]} */ args) {
  const rounds = Number(args[args.indexOf("--rounds") + 1] ?? Number.NaN) || 3
  const ours = contestant("train-prelab.mjs")
  const theirs = contestant("train-tfjs.mjs", folderWithTensorflow())
  /** @type {{ ours: number[], theirs: number[], ratios: number[] }} */
  const times = { ours: [], theirs: [], ratios: [] }
  const first = { ours: (await ours.iterate()).loss, theirs: (await theirs.iterate()).loss }
  // The compiler needs some iterations before it knows what to make fast.
  for (let i = 0; i < 5; i++) await ours.iterate()
  for (let round = 0; round < rounds; round++) {
    const turn = []
    for (let i = 0; i < 10; i++) turn.push((await ours.iterate()).ms)
    const { ms } = await theirs.iterate()
    times.ours.push(...turn)
    times.theirs.push(ms)
    times.ratios.push(median(turn) / ms)
  }
  ours.stop()
  theirs.stop()
  const { node } = process.versions
  console.log(
    `LeNet with PReLUs, batch 64, ${rounds} rounds in turns, a process each, Node ${node}, ${cpus()[0]?.model}\n`,
  )
  console.log(
    table([
      ["an iteration", "median ms", "least", "prelab / this"],
      ["prelab, reference engine", median(times.ours).toFixed(0), Math.min(...times.ours).toFixed(0), "1"],
      [
        `${tensorflow}, backend cpu`,
        median(times.theirs).toFixed(0),
        Math.min(...times.theirs).toFixed(0),
        median(times.ratios).toFixed(4),
      ],
      ["Caffe, elsewhere", caffe, "", ""],
    ]),
  )
  console.log(`\nfirst loss: ${first.ours} here, ${first.theirs} in TensorFlow.js`)
  // Float32 sums in another order: the loss of 64 items agrees to about a millionth.
  if (!(Math.abs(first.ours - first.theirs) < 1e-5 * first.ours))
    throw new Error("bench: the first losses differ")
}
