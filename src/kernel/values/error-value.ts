import { types } from "node:util"
import type { Mimebundle } from "../dict.js"
import { html, type Snippet } from "../snippets.js"
import { cutText, plainText } from "./plain-text.js"
import { Specimen } from "./specimen.js"

/** Causes of causes, and errors of one AggregateError, that are shown. */
const deepest = 8
const mostErrors = 20

/** An error that is a value: name and message, its stack to unfold, and what caused it. */
export function showError(specimen: Specimen): Mimebundle | undefined {
  if (!isError(specimen.value)) return undefined
  return { "text/html": String(errorHtml(specimen, 0)) }
}

function isError(value: unknown): value is object {
  return types.isNativeError(value) || (value instanceof Error && !types.isProxy(value))
}

function errorHtml(specimen: Specimen, depth: number): Snippet {
  const [name, message, stack] = ["name", "message", "stack"].map((part) => textOf(specimen.get(part)))
  const frames = stack!.slice(stack!.search(/^\s*at /m)).trimEnd()
  const unfold =
    /^\s*at /.test(frames) &&
    html`<details style="margin:0.2em 0"><summary style="opacity:0.7">stack</summary><pre style="margin:0;color:inherit;background:none;white-space:pre;overflow:auto;max-width:100%">${frames}</pre></details>`
  const errors = specimen.get("errors")
  const parts = [
    ...(specimen.get("cause") === undefined ? [] : [["cause", specimen.get("cause")] as const]),
    ...(Array.isArray(errors) ? errors.slice(0, mostErrors).map((error) => ["error", error] as const) : []),
  ]
  return html`<div style="max-width:100%;overflow-x:auto;text-align:left"><div style="white-space:pre-wrap;overflow-wrap:anywhere"><b>${name || "Error"}</b>${message && `: ${message}`}</div>${unfold || undefined}${parts.map(([word, part]) => partHtml(word, part, depth + 1))}</div>`
}

function partHtml(word: string, part: unknown, depth: number): Snippet {
  const known = isError(part) && depth < deepest
  const shown = known
    ? errorHtml(new Specimen(part), depth)
    : html`<code style="color:inherit;background:none">${plainText(part, { depth: 1 })}</code>`
  return html`<div style="margin:0.3em 0 0.3em 0.2em;padding-left:0.8em;border-left:2px solid var(--jp-border-color2, rgba(128, 128, 128, 0.4))"><div style="opacity:0.7">${word}</div>${shown}</div>`
}

function textOf(value: unknown): string {
  return typeof value === "string" ? cutText(value, 10_000) : ""
}
