// npm test: sets everything up, runs all stages, and ends with one line: "N passed, N failed".
// `npm test -- kernel` runs the stages whose names start so.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setUp } from "../src/setup/all.mjs"
import { attempt, SetupError } from "../src/setup/command.mjs"
import { inRoot } from "../src/setup/paths.mjs"
import { seconds } from "../src/setup/progress.mjs"
import { ensureChecker } from "./formats/onnx/checker.mjs"
import { jupyterKernelTest } from "./kernel/jupyter-kernel-test.mjs"

/** @typedef {{ passed: number, failed: number, output: string, note?: string, tables?: string[] }} Result */
/** @typedef {{ name: string, run: () => Promise<Result> }} Stage */

const temporary = mkdtempSync(join(tmpdir(), "prelab-test-"))
process.on("exit", () => rmSync(temporary, { recursive: true, force: true }))

/** Two lanes for two cores; what takes long, or minds company, is in the second. */
const lanes = [
  [
    { name: "types", run: types },
    {
      name: "lint",
      run: () => whole("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."),
    },
    { name: "kernel", run: () => jupyterKernelTest(temporary) },
    { name: "notebooks", run: () => vitest("notebooks") },
    { name: "lite", run: () => vitest("lite") },
  ],
  [
    { name: "unit", run: unit },
    { name: "browser", run: browser },
  ],
]

/** The library and its tests, then the widgets and the kernel for JupyterLite, whose world is the browser's. */
async function types() {
  const projects = ["tsconfig.json", "widgets/tsconfig.json", "src/lite/tsconfig.json"]
  let [failed, output] = [0, ""]
  for (const project of projects) {
    const result = await typesOf(project)
    failed = Math.max(failed, result.failed)
    output += result.output
  }
  return { passed: 1 - failed, failed, output }
}

/** @param {string} project */
function typesOf(project) {
  const known = inRoot(".cache", `${project.replaceAll("/", "-")}.tsbuildinfo`)
  return whole(
    "node_modules/typescript/bin/tsc",
    ...["--project", project, "--noEmit", "--incremental", "--tsBuildInfoFile", known],
  )
}

/**
 * A tool that has one verdict.
 * @param {string} script below the repository root
 * @param {string[]} args
 * @returns {Promise<Result>}
 */
async function whole(script, ...args) {
  const { status, output } = await attempt(process.execPath, [inRoot(script), ...args])
  return status === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output }
}

/** Needs onnx's checker beside the packages. */
async function unit() {
  await ensureChecker()
  return vitest("unit")
}

/** The only stage that leaves something to look at. */
async function browser() {
  const pictures = process.env.PRELAB_SCREENSHOTS || mkdtempSync(join(tmpdir(), "prelab-screenshots-"))
  const result = await vitest("browser", { PRELAB_SCREENSHOTS: pictures })
  return { ...result, note: `, screenshots in ${pictures}` }
}

/**
 * The tests of one project of vitest.config.ts, counted one by one.
 * @param {string} project
 * @param {Record<string, string>} [more] environment
 * @returns {Promise<Result>}
 */
async function vitest(project, more = {}) {
  const file = join(temporary, `${project}.json`)
  const args = [
    ...[inRoot("node_modules/vitest/vitest.mjs"), "run", "--project", project, "--silent=passed-only"],
    ...["--reporter=dot", "--reporter=json", `--outputFile.json=${file}`],
  ]
  const tables = join(temporary, `${project}-tables`)
  const { status, output } = await attempt(process.execPath, args, {
    env: { ...process.env, NO_COLOR: "1", PRELAB_TABLES: tables, ...more },
  })
  const { numPassedTests: passed, numTotalTests: total } = readReport(file)
  // A file that does not load has no tests to count, and a test that did not run has not passed.
  const failed = Math.max(total - passed, status === 0 ? 0 : 1)
  return { passed, failed, output, tables: readTables(tables) }
}

/**
 * What tests left for people to look at.
 * @param {string} folder
 */
function readTables(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"))
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    return { numPassedTests: 0, numTotalTests: 0 } // vitest ended before its report: its status says so
  }
}

/** @param {Stage[]} lane */
async function runLane(lane) {
  let passed = 0
  let failed = 0
  for (const { name, run } of lane) {
    const from = performance.now()
    const result = await run().catch(explained)
    passed += result.passed
    failed += result.failed
    const verdict =
      result.failed > 0 ? `${result.passed} passed, ${result.failed} failed` : `${result.passed} passed`
    console.log(`${name.padEnd(10)} ${verdict}, ${seconds(performance.now() - from)}${result.note ?? ""}`)
    for (const table of result.tables ?? []) console.log(table)
    if (result.failed > 0) console.log(`${result.output.trimEnd()}\n`)
  }
  return { passed, failed }
}

/**
 * @param {unknown} error
 * @returns {Result}
 */
function explained(error) {
  if (!(error instanceof SetupError)) throw error
  return { passed: 0, failed: 1, output: `${error.output}${error.message}` }
}

/** @param {string[]} wanted beginnings of names; none means all */
async function runStages(wanted) {
  const isWanted = (/** @type {Stage} */ { name }) =>
    wanted.length === 0 || wanted.some((beginning) => name.startsWith(beginning))
  const chosen = lanes.map((lane) => lane.filter(isWanted))
  if (chosen.every((lane) => lane.length === 0))
    return explained(new SetupError(`no such stage: ${wanted.join(" ")}; there are ${names().join(", ")}`))
  const sums = await Promise.all(chosen.map(runLane))
  return {
    output: "",
    passed: sums.reduce((sum, { passed }) => sum + passed, 0),
    failed: sums.reduce((sum, { failed }) => sum + failed, 0),
  }
}

function names() {
  return lanes.flat().map(({ name }) => name)
}

const { passed, failed, output } = await setUp().then(() => runStages(process.argv.slice(2)), explained)
if (output) console.log(output)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
