import { types } from "node:util"
import { inReaderPlaces } from "../cell-frames.js"
import type { Mimebundle } from "../dict.js"
import { html, type Snippet } from "../snippets.js"
import { cutText, plainText } from "./plain-text.js"
import { Specimen } from "./specimen.js"

/** Errors whose causes are shown, and members of one AggregateError. */
const mostErrors = 20

/** An error that is a value: name and message, its stack to unfold, and what caused it. */
export function showError(specimen: Specimen): Mimebundle | undefined {
  if (!isError(specimen.value)) return undefined
  return { "text/html": String(errorHtml(specimen, new Set())) }
}

function isError(value: unknown): value is object {
  return types.isNativeError(value) || (value instanceof Error && !types.isProxy(value))
}

const plain = "color:inherit;background:none"
const faint = "opacity:0.7"
const messageStyle = "white-space:pre-wrap;overflow-wrap:anywhere"
const stackStyle = `${plain};margin:0;white-space:pre;overflow:auto;max-width:100%`
const partStyle =
  "margin:0.3em 0 0 0.2em;padding-left:0.8em;border-left:2px solid var(--jp-border-color2, rgba(128, 128, 128, 0.4))"

/** An error that was seen before, or after too many, is only named: an error may be its own cause. */
function errorHtml(specimen: Specimen, seen: Set<object>): Snippet {
  const parts = seen.has(specimen.value) || seen.size >= mostErrors ? [] : partsOf(specimen)
  seen.add(specimen.value)
  const name = textOf(specimen.get("name")) || "Error"
  const message = textOf(specimen.get("message"))
  const frames = /^\s*at [\s\S]*/m.exec(inReaderPlaces(textOf(specimen.get("stack"))))?.[0].trimEnd()
  const stack =
    frames &&
    html`<details style="margin:0.2em 0"><summary style="${faint}">stack</summary>
<pre style="${stackStyle}">${frames}</pre></details>`
  return html`<div style="text-align:left">
<div style="${messageStyle}"><b>${name}</b>${message && `: ${message}`}</div>
${stack}${parts.map(([word, part]) => partHtml(word, part, seen))}</div>`
}

/** What caused it, and what it stands for if it is an AggregateError. */
function partsOf(specimen: Specimen): [word: string, part: unknown][] {
  const [cause, errors] = [specimen.get("cause"), specimen.get("errors")]
  const causes = cause === undefined ? [] : [cause]
  const members: unknown[] = Array.isArray(errors) ? errors.slice(0, mostErrors) : []
  return [
    ...causes.map((part): [string, unknown] => ["cause", part]),
    ...members.map((part): [string, unknown] => ["error", part]),
  ]
}

function partHtml(word: string, part: unknown, seen: Set<object>): Snippet {
  const shown = isError(part)
    ? errorHtml(new Specimen(part), seen)
    : html`<code style="${plain}">${plainText(part, { depth: 1 })}</code>`
  return html`<div style="${partStyle}"><div style="${faint}">${word}</div>${shown}</div>`
}

function textOf(value: unknown): string {
  return typeof value === "string" ? cutText(value, 10_000) : ""
}
