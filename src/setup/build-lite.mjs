// dist/lite: the kernel for JupyterLite, as an extension of JupyterLab that needs no build of the reader's.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { liteBundle } from "./lite-bundles.mjs"
import { writeFiles } from "./lite-files.mjs"
import { writeTypes } from "./lite-types.mjs"
import { inRoot } from "./paths.mjs"

/** The scripts of the extension: what JupyterLab loads, and the kernel's three workers. */
const scripts = {
  "remoteEntry.js": "extension.ts",
  "protocol.js": "protocol/worker.ts",
  "cells.js": "cells/worker.ts",
  "language.js": "language/worker.ts",
}

/** Needs the rest of dist/: its declarations and front ends go along. */
export async function buildLite() {
  const esbuild = await import("esbuild")
  const files = inRoot("dist", "lite", "static")
  mkdirSync(files, { recursive: true })
  const bundles = Object.entries(scripts).map(([target, entry]) =>
    esbuild.build(liteBundle(entry, inRoot("dist", "lite", "static", target))),
  )
  writeFiles(files)
  const { logoSvg } = await import(String(new URL("../../dist/kernel/logo.js", import.meta.url)))
  writeFileSync(inRoot("dist", "lite", "static", "logo.svg"), logoSvg())
  await Promise.all([...bundles, writeTypes(files)])
  writeFileSync(inRoot("dist", "lite", "package.json"), `${JSON.stringify(labExtension(), undefined, 2)}\n`)
}

/** What JupyterLab, and JupyterLite's build, read of a prebuilt extension. */
function labExtension() {
  const { version, description, license } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"))
  const build = { load: "static/remoteEntry.js", extension: "./extension" }
  return { name: "prelab", version, description, license, jupyterlab: { extension: true, _build: build } }
}
