import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { oracle } from "../oracle/case.js"
import { prelab, prelabJson } from "./prelab.js"

const training = join(oracle, "training")
const items = [
  "--data",
  join(training, "data", "train_images.npy"),
  "--labels",
  join(training, "data", "train_labels.npy"),
]
const init = ["--weights", join(training, "data", "init.caffemodel")]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-train-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A solver of the oracle with other fields, in a folder of its own. */
function solver(name: string, more: string): string {
  const place = join(folder, name)
  mkdirSync(place)
  const from = join(training, "prelu_inplace")
  writeFileSync(join(place, "net.prototxt"), readFileSync(join(from, "net.prototxt")))
  const kept = readFileSync(join(from, "solver.prototxt"), "utf8").replace(
    /^(max_iter|snapshot|test_i\w+):.*\n/gm,
    "",
  )
  writeFileSync(join(place, "solver.prototxt"), kept + more)
  return join(place, "solver.prototxt")
}

test("train writes the history and the trained net, and says how it went", () => {
  const out = join(folder, "out")
  const answer = prelab("train", solver("short", "max_iter: 5"), ...items, ...init, "--out", out, "--json")
  expect(answer.status).toBe(0)
  const { iterations, finalLoss } = JSON.parse(answer.stdout)
  const history = JSON.parse(readFileSync(join(out, "history.json"), "utf8"))
  expect(iterations).toBe(5)
  expect(history.loss.map(({ iteration }: { iteration: number }) => iteration)).toEqual([0, 1, 2, 3, 4])
  expect(history.loss.at(-1).loss).toBe(finalLoss)
  expect(history.slopes[0]).toMatchObject({ iteration: 0, prelu2: new Array(8).fill(0.25) })
  expect(history.test).toEqual([])
  const net = join(folder, "short", "net.prototxt")
  expect(prelabJson("slopes", net, join(out, "final.caffemodel")).layers).toHaveLength(3)
  // What was filled because the weights lack it is said, a line each, beside the answer.
  expect(answer.stderr.trim().split("\n")).toHaveLength(3)
  expect(answer.stderr).toContain(
    "prelab: no weights for prelu1 (PReLU) in the caffemodel: constant 0.25 taken",
  )
})

test("--museum trains with the historical bug: the first loss is the same, the others are not", () => {
  const losses = (name: string, ...museum: string[]) => {
    const out = join(folder, name)
    expect(
      prelab("train", solver(`${name} solver`, "max_iter: 4"), ...items, ...init, ...museum, "--out", out)
        .status,
    ).toBe(0)
    const { loss } = JSON.parse(readFileSync(join(out, "history.json"), "utf8"))
    return loss.map((entry: { loss: number }) => entry.loss)
  }
  const right = losses("right")
  for (const bug of ["quarter-copy", "overwritten"]) {
    const wrong = losses(bug, "--museum", bug)
    expect(wrong[0]).toBe(right[0])
    expect(wrong[3]).not.toBe(right[3])
  }
})

test("a process killed in the middle goes on from its snapshot to the same files", async () => {
  const fields = "max_iter: 60\nsnapshot: 4\n"
  const file = solver("killed", fields)
  const [whole, cut] = [join(folder, "whole"), join(folder, "cut")]
  const arguments_ = ["train", file, ...items]
  expect(prelab(...arguments_, ...init, "--out", whole).status).toBe(0)

  const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))
  const child = spawn(process.execPath, [cli, ...arguments_, ...init, "--out", cut], { stdio: "ignore" })
  const ended = new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)))
  while (!existsSync(join(cut, "snapshot_iter_8.solverstate")) && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill("SIGKILL")
  expect(await ended).toBe("SIGKILL")
  expect(existsSync(join(cut, "final.caffemodel"))).toBe(false)

  const states = readdirSync(cut).filter((name) => name.endsWith(".solverstate"))
  const last = Math.max(...states.map((name) => Number(/_(\d+)\./.exec(name)![1])))
  const snapshot = join(cut, `snapshot_iter_${last}.solverstate`)
  expect(prelab(...arguments_, "--snapshot", snapshot, "--out", cut).status).toBe(0)
  for (const name of ["final.caffemodel", "final.solverstate", "history.json"])
    expect(readFileSync(join(cut, name)).equals(readFileSync(join(whole, name))), name).toBe(true)
})

test("Ctrl-C ends a training between two iterations, with a snapshot that goes on to the same weights", async () => {
  const file = solver("stopped", "max_iter: 80\n")
  const [whole, cut] = [join(folder, "to the end"), join(folder, "stopped early")]
  expect(prelab("train", file, ...items, ...init, "--out", whole).status).toBe(0)
  const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))
  const child = spawn(process.execPath, [cli, "train", file, ...items, ...init, "--out", cut])
  let stderr = ""
  child.stderr.on("data", (text) => {
    // What was filled is said right before the first iteration.
    if (stderr === "") child.kill("SIGINT")
    stderr += text
  })
  const status = await new Promise((resolve) => child.on("close", resolve))
  const [, done, state] = /prelab: training stopped: after (\d+) iterations; --snapshot (.+) goes on\n$/.exec(
    stderr,
  )!
  expect([status, state]).toEqual([1, join(cut, `snapshot_iter_${done}.solverstate`)])
  expect(Number(done)).toBeLessThan(80)
  expect(JSON.parse(readFileSync(join(cut, "history.json"), "utf8")).loss).toHaveLength(Number(done))
  expect(prelab("train", file, ...items, "--snapshot", state!, "--out", cut).status).toBe(0)
  for (const name of ["final.caffemodel", "history.json"])
    expect(readFileSync(join(cut, name)).equals(readFileSync(join(whole, name))), name).toBe(true)
})

test.each([
  [
    'lr_polic: "fixed"',
    /^prelab: unknown field in SolverParameter: lr_polic \(.*solver.prototxt:\d+:1\); did you mean "lr_policy"\?\n$/,
  ],
  ["max_iter: 0", /^prelab: max_iter must be whole and at least 1: 0 \(.*solver.prototxt:\d+:1\)\n$/],
])("a solver with %s is refused in one line", (line, message) => {
  const { status, stderr, stdout } = prelab(
    "train",
    solver(line.slice(0, 8), line),
    ...items,
    "--out",
    join(folder, "no"),
  )
  expect([status, stdout]).toEqual([2, ""])
  expect(stderr).toMatch(message)
})

test("what is missing is named", () => {
  const file = join(training, "prelu", "solver.prototxt")
  expect(prelab("train", file, ...items).stderr).toBe("prelab: argument missing: --out DIR\n")
  expect(prelab("train", file, "--out", folder).stderr).toBe("prelab: argument missing: --data FILE.npy\n")
  expect(prelab("train", file, ...items.slice(0, 2), "--out", folder).stderr).toBe(
    "prelab: labels not given: label\n",
  )
})
