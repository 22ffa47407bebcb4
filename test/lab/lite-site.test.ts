import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { liteSite } from "../../src/lab/lite-site.js"

// What a site does is tested in test/lite.

const folder = mkdtempSync(join(tmpdir(), "prelab-lite-site-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("a folder with something else in it is left alone", async () => {
  const out = join(folder, "full")
  mkdirSync(out)
  writeFileSync(join(out, "thesis.md"), "years of work")
  await expect(liteSite({ out, folder })).rejects.toThrow(`folder is not empty: ${out}`)
  expect(readdirSync(out)).toEqual(["thesis.md"])
})

test("notebooks that are not there are an error with their place", async () => {
  const missing = join(folder, "missing")
  await expect(liteSite({ out: join(folder, "site"), folder: missing })).rejects.toThrow(
    `folder not found: ${missing}`,
  )
})
