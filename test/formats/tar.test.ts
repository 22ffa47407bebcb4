import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { tarFiles } from "../../src/formats/tar.js"

let folder: string
let archive: Uint8Array
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-tar-"))
  mkdirSync(join(folder, "package"))
  writeFileSync(join(folder, "package", "a.txt"), "first")
  writeFileSync(join(folder, "package", "b.bin"), Buffer.alloc(1000, 7))
  writeFileSync(join(folder, "package", "empty"), "")
  symlinkSync("a.txt", join(folder, "package", "link"))
  archive = spawnSync("tar", ["cf", "-", "--format=ustar", "package"], { cwd: folder }).stdout
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("plain files of an archive that tar made are found, links and folders are not", () => {
  const files = new Map([...tarFiles(archive)].map(({ name, bytes }) => [name, Buffer.from(bytes)]))
  expect([...files.keys()].sort()).toEqual(["package/a.txt", "package/b.bin", "package/empty"])
  expect(files.get("package/a.txt")!.toString()).toBe("first")
  expect(files.get("package/b.bin")!.equals(Buffer.alloc(1000, 7))).toBe(true)
  expect(files.get("package/empty")).toHaveLength(0)
})

test("a damaged archive, and one that was cut off, are refused", () => {
  const damaged = Buffer.from(archive)
  damaged[0]!++
  expect(() => [...tarFiles(damaged)]).toThrow("damaged archive: header at byte 0")
  const start = Buffer.from(archive).indexOf("package/b.bin")
  expect(() => [...tarFiles(archive.subarray(0, start + 1024))]).toThrow("archive ends too early")
})
