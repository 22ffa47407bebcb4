// node test/kernel/on-node.mjs 22 24: the kernel's tests with kernels on other versions of Node, which npm brings into
// .cache on demand. The tests themselves stay on this Node; what is tested is the kernel. Build first: npm run build.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { attempt, command, SetupError } from "../../src/setup/command.mjs"
import { inRoot } from "../../src/setup/paths.mjs"
import { orExit } from "../../src/setup/program.mjs"
import { step } from "../../src/setup/progress.mjs"
import { jupyterKernelTest } from "./jupyter-kernel-test.mjs"

/** @typedef {{ fullName: string, status: string, failureMessages: string[] }} Test */

/**
 * The program of a version of Node.
 * @param {string} version
 */
async function installNode(version) {
  const folder = inRoot(".cache", "node", version)
  const node = join(folder, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node")
  if (!existsSync(node))
    await step(`installing Node ${version}`, async () => {
      const quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
      await command("npm", ["install", "--prefix", folder, ...quiet, `node@${version}`])
    })
  return node
}

/**
 * @param {string} node
 * @param {string} temporary
 */
async function vitest(node, temporary) {
  const file = join(temporary, "vitest.json")
  const args = ["run", "--project", "unit", "test/kernel", "--reporter=json", `--outputFile.json=${file}`]
  const { output } = await attempt(process.execPath, [inRoot("node_modules/vitest/vitest.mjs"), ...args], {
    env: { ...process.env, NO_COLOR: "1", PRELAB_TEST_NODE: node },
  })
  if (!existsSync(file)) throw new SetupError("vitest did not end", { output })
  /** @type {{ testResults: { name: string, message: string, assertionResults: Test[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(file, "utf8"))
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const failures = tests.filter(({ status }) => status !== "passed")
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0)
  return {
    passed: tests.length - failures.length,
    failed: failures.length + broken.length,
    output: [
      ...failures.map(({ fullName, failureMessages }) => `${fullName}\n  ${failureMessages.join("\n  ")}`),
      ...broken.map(({ name, message }) => `${name}\n  ${message}`),
    ].join("\n"),
  }
}

/** @param {string} version */
async function testOn(version) {
  const node = await installNode(version)
  const exact = (await command(node, ["--version"])).trim()
  const temporary = mkdtempSync(join(tmpdir(), "prelab-on-node-"))
  try {
    const stages = {
      jupyter_kernel_test: await jupyterKernelTest(temporary, node),
      "test/kernel": await vitest(node, temporary),
    }
    for (const [name, { passed, failed, output }] of Object.entries(stages)) {
      console.log(`Node ${exact}, ${name}: ${passed} passed, ${failed} failed`)
      if (failed > 0) console.log(output)
    }
    return Object.values(stages).reduce((sum, { failed }) => sum + failed, 0)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

await orExit(async () => {
  const versions = process.argv.slice(2)
  if (versions.length === 0)
    throw new SetupError("usage: node test/kernel/on-node.mjs VERSION...", { status: 2 })
  for (const version of versions) if ((await testOn(version)) > 0) process.exitCode = 1
})
