import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const node = process.env.PRELAB_TEST_NODE ?? process.execPath
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))

function run(code: string[], cache: string): string {
  return execFileSync(node, code, { encoding: "utf8", env: { ...process.env, XDG_CACHE_HOME: cache } })
}

const canCompile = execFileSync(node, ["-p", "'enableCompileCache' in require('node:module')"])
  .toString()
  .startsWith("true")

test("what Node has compiled is kept below the user's own cache folder, by versions of Node that can", () => {
  const cache = mkdtempSync(join(tmpdir(), "prelab-cache-"))
  run([cli, "--help"], cache)
  expect(existsSync(join(cache, "prelab", "compiled"))).toBe(canCompile)
})

test("where that folder cannot be written, commands run without it", () => {
  const file = join(mkdtempSync(join(tmpdir(), "prelab-cache-")), "a file")
  writeFileSync(file, "")
  expect(run([cli, "--version"], file)).toMatch(/^\d+\.\d+\.\d+\n$/)
})
