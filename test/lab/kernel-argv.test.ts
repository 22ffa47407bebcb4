import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { kernelCommand } from "../../src/lab/kernel-argv.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-argv-"))
  vi.stubEnv("JUPYTER_PATH", folder)
  vi.stubEnv("JUPYTER_DATA_DIR", join(folder, "data"))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function written(name: string, spec: object, below = folder): string {
  const place = join(below, "kernels", name)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, "kernel.json"), JSON.stringify(spec))
  return place
}

/** A variable as kernelspecs write it. */
const variable = (name: string) => `\${${name}}`

test("a kernelspec's folder and the environment's variables are filled in", () => {
  const place = written("other", {
    argv: ["{resource_dir}/start", "{connection_file}"],
    env: { HERE: `${variable("PRELAB_TEST_PLACE")}/x`, NOWHERE: variable("PRELAB_TEST_NOT_SET") },
  })
  vi.stubEnv("PRELAB_TEST_PLACE", "/place")
  expect(kernelCommand("other")).toEqual({
    argv: [`${place}/start`, "{connection_file}"],
    env: { HERE: "/place/x", NOWHERE: variable("PRELAB_TEST_NOT_SET") },
    interruptMode: "signal",
  })
})

test("a kernel that comes with a Python is found through the Python on the PATH", () => {
  const prefix = join(folder, "python")
  written("theirs", { argv: ["theirs"] }, join(prefix, "share", "jupyter"))
  const answer = JSON.stringify({ program: "p", version: "3", prefix, packages: "" })
  writeFileSync(join(folder, "python3"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 })
  vi.stubEnv("PATH", folder)
  expect(kernelCommand("theirs").argv).toEqual(["theirs"])
  vi.stubEnv("PATH", join(folder, "nothing"))
  expect(() => kernelCommand("theirs")).toThrow("kernel not installed: theirs")
})
