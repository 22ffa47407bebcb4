import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { PrelabError } from "../error.js"
import { papermillTranslator } from "./papermill-translator.js"
import type { Python } from "./python.js"
import { writeWhole } from "./write-whole.js"

const module = "prelab_papermill"

/**
 * Teaches the papermill of a Python environment to write parameters in TypeScript; gives the files. papermill has no
 * list of translators to add to, but it loads every engine that an installed package names, so this is a package of one
 * module and one engine. pip lists and removes it like any other.
 * @throws PrelabError where that Python has no papermill, or its packages are not writable
 */
export function installPapermill(python: Python, version: string): string[] {
  if (!hasPapermill(python))
    throw new PrelabError("papermill not found", python.program, {
      hint: `${python.program} -m pip install papermill`,
    })
  // Python has another idea of what comes behind a version's numbers.
  const files = filesOf(version.replace("-", "+"))
  try {
    removePapermill(python)
    for (const [name, text] of files) {
      const file = join(python.packages, name)
      mkdirSync(dirname(file), { recursive: true })
      writeWhole(file, text)
    }
  } catch (cause) {
    throw new PrelabError("packages not writable", python.packages, {
      cause,
      hint: "name another Python with --python PATH",
    })
  }
  return files.map(([name]) => join(python.packages, name))
}

/** @throws PrelabError where it is not installed */
export function uninstallPapermill(python: Python): string[] {
  const removed = removePapermill(python)
  if (removed.length === 0) throw new PrelabError("papermill translator not installed", python.packages)
  return removed
}

function removePapermill({ packages }: Python): string[] {
  const isOurs = (name: string) => name === `${module}.py` || /^prelab_papermill-.+\.dist-info$/.test(name)
  const places = readdirSync(packages)
    .filter(isOurs)
    .map((name) => join(packages, name))
  for (const place of places) rmSync(place, { recursive: true })
  return places
}

function filesOf(version: string): [name: string, text: string][] {
  const info = `${module}-${version}.dist-info`
  const files: [string, string][] = [
    [`${module}.py`, papermillTranslator],
    [`${info}/METADATA`, `Metadata-Version: 2.1\nName: prelab-papermill\nVersion: ${version}\n`],
    [`${info}/entry_points.txt`, `[papermill.engine]\nprelab = ${module}:Engine\n`],
    [`${info}/INSTALLER`, "prelab\n"],
  ]
  const record = [...files.map(([name]) => name), `${info}/RECORD`].map((name) => `${name},,\n`)
  return [...files, [`${info}/RECORD`, record.join("")]]
}

function hasPapermill({ program }: Python): boolean {
  const { status } = spawnSync(program, [
    "-c",
    "import importlib.util, sys; sys.exit(importlib.util.find_spec('papermill') is None)",
  ])
  return status === 0
}
