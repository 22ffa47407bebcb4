// Prints a run; a whole one is also kept beside the bench, as a document and as a figure.
import { mkdirSync, writeFileSync } from "node:fs"
import { relative } from "node:path"
import { inRoot, root } from "../../../src/setup/paths.mjs"
import { writeFigure } from "./figure.mjs"
import { textOf } from "./text.mjs"

/** @typedef {import("./document.mjs").EnginesDocument} EnginesDocument */

/** What is going on, on one line that the next one replaces. @param {string} text */
export function say(text) {
  process.stderr.write(`\r${text.padEnd(78).slice(0, 78)}${text ? "" : "\r"}`)
}

/**
 * @param {string} name
 * @param {EnginesDocument} document
 * @param {{ json: boolean, isWhole: boolean }} options
 */
export async function report(name, document, { json, isWhole }) {
  const text = `${JSON.stringify(document, rounded, 2)}\n`
  console.log(json ? text : textOf(document))
  if (!isWhole) return
  const folder = inRoot("test", "bench", "results")
  mkdirSync(folder, { recursive: true })
  const file = `${folder}/${name}.json`
  writeFileSync(file, text)
  const files = [file, ...(await writeFigure(`${folder}/${name}`, document))]
  process.stderr.write(`kept in ${files.map((each) => relative(root, each)).join(", ")}\n`)
}

/** Four digits say all that a measurement on a shared machine can. */
function rounded(/** @type {string} */ _key, /** @type {unknown} */ value) {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value
}
