import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { findLocalInstall } from "../../src/kernel/local-install.js"
import * as log from "../../src/kernel/log.js"

let folder: string
let own: string
let lines: string[]
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "prelab-local-")))
  own = installed("global", "export const runKernel = async () => {}")
  lines = []
  vi.spyOn(log, "log").mockImplementation((line) => void lines.push(line))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

/** A prelab that a project has; gives its folder. */
function installed(project: string, code: string): string {
  const root = join(folder, project, "node_modules", "prelab")
  mkdirSync(join(root, "dist", "cli"), { recursive: true })
  writeFileSync(join(root, "package.json"), '{"name":"prelab","version":"7.8.9","type":"module"}')
  writeFileSync(join(root, "dist", "cli", "run-kernel.js"), code)
  return root
}

const startable = "export const ran = []; export const runKernel = async (file) => void ran.push(file)"

it("a notebook's own installation is found from any folder below its project", async () => {
  const root = installed("project", startable)
  const notebooks = join(folder, "project", "a", "b")
  mkdirSync(notebooks, { recursive: true })
  const found = await findLocalInstall(own, notebooks, {})
  await found!.runKernel("connection.json")
  expect(found).toMatchObject({ ran: ["connection.json"] })
  expect(lines).toEqual([`the notebook's own prelab 7.8.9 runs: ${root}`])
})

it("the running installation is not another one, also by a link", async () => {
  expect(await findLocalInstall(own, join(folder, "global"), {})).toBeUndefined()
  mkdirSync(join(folder, "linked", "node_modules"), { recursive: true })
  symlinkSync(own, join(folder, "linked", "node_modules", "prelab"))
  expect(await findLocalInstall(own, join(folder, "linked"), {})).toBeUndefined()
  expect(await findLocalInstall(own, folder, {})).toBeUndefined()
  expect(lines).toEqual([])
})

it("PRELAB_LOCAL=0 switches it off", async () => {
  installed("project", startable)
  const env = { PRELAB_LOCAL: "0" }
  expect(await findLocalInstall(own, join(folder, "project"), env)).toBeUndefined()
})

const broken = {
  "has no such entry": ["export const other = 1", /exports no runKernel$/],
  "does not load": ["import 'no-such-package-at-all'", /no-such-package-at-all/],
} as const
for (const [name, [code, message]] of Object.entries(broken))
  it(`an installation that ${name} is named, and the running one goes on`, async () => {
    const root = installed("project", code)
    expect(await findLocalInstall(own, join(folder, "project"), {})).toBeUndefined()
    expect(lines).toEqual([expect.stringContaining(`cannot run, so another one does: ${root}: `)])
    expect(lines[0]).toMatch(message)
  })
