import type { Mimebundle } from "./dict.js"
import { type Displayable, displaySymbol } from "./displayable.js"
import { rawBundle } from "./raw-bundle.js"
import { plainText } from "./values/plain-text.js"
import { withNamespace } from "./values/svg-text.js"

/** A piece of text in a language that pages render; it can be a cell's result, or stand in another piece. */
export class Snippet implements Displayable {
  readonly #bundle: Mimebundle

  constructor(bundle: Mimebundle) {
    this.#bundle = bundle
  }

  [displaySymbol](): Mimebundle {
    return this.#bundle
  }

  /** What it is in HTML; undefined for other languages. */
  get markup(): string | undefined {
    const { "text/html": page, "image/svg+xml": drawing, "text/plain": text, ...others } = this.#bundle
    if (page !== undefined || drawing !== undefined) return String(page ?? drawing)
    const [picture] = Object.entries(others).filter(([type]) => type.startsWith("image/"))
    return picture && `<img alt="${escapeHtml(String(text))}" src="data:${picture[0]};base64,${picture[1]}">`
  }

  toString(): string {
    return this.markup ?? String(this.#bundle["text/plain"])
  }
}

/**
 * Shows HTML. As a template tag it escapes what is filled in, unless that is a snippet or an element itself;
 * a list is its parts: `` html`<ul>${names.map((name) => html`<li>${name}</li>`)}</ul>` ``.
 */
export function html(text: string | TemplateStringsArray, ...parts: unknown[]): Snippet {
  const filled = fill(text, parts, asHtml)
  return new Snippet({ "text/html": filled, "text/plain": filled })
}

/** Shows an SVG picture; as a template tag it escapes what is filled in. */
export function svg(text: string | TemplateStringsArray, ...parts: unknown[]): Snippet {
  const filled = withNamespace(fill(text, parts, asHtml))
  return new Snippet({ "image/svg+xml": filled, "text/plain": filled })
}

/** Shows Markdown; as a template tag it escapes what is filled in, unless that is Markdown or HTML itself. */
export function markdown(text: string | TemplateStringsArray, ...parts: unknown[]): Snippet {
  const filled = fill(text, parts, (part) =>
    part instanceof Snippet ? String(part) : wordOf(part).replace(/[\\`*_{}[\]<>()#+\-.!|~$]/g, "\\$&"),
  )
  return new Snippet({ "text/markdown": filled, "text/plain": filled })
}

/**
 * Shows a formula, with or without dollar signs. As a template tag it needs no second backslash, and escapes
 * what is filled in: `` latex`\frac{1}{${n}}` ``.
 */
export function latex(text: string | TemplateStringsArray, ...parts: unknown[]): Snippet {
  const filled = fill(typeof text === "string" ? text : text.raw, parts, (part) =>
    part instanceof Snippet ? String(part) : wordOf(part).replace(/[\\{}$&#^_%~]/g, asLatex),
  )
  const delimited = /^\s*(\$|\\\[|\\\(|\\begin\b)/.test(filled)
  return new Snippet({ "text/latex": delimited ? filled : `$$${filled}$$`, "text/plain": filled })
}

/** Shows a value as JSON, which pages fold and unfold. Typed arrays are arrays, BigInts numbers. */
export function json(value: unknown): Snippet {
  return new Snippet({ ...rawBundle({ "application/json": value }), "text/plain": plainText(value) })
}

type Encode = (part: unknown) => string

function fill(text: string | readonly string[], parts: readonly unknown[], encode: Encode): string {
  if (typeof text === "string") return text
  const pieces = text.map((piece, i) => piece ?? (text as TemplateStringsArray).raw[i])
  return pieces.reduce((filled, piece, i) => filled + fillIn(parts[i - 1], encode) + piece)
}

function fillIn(part: unknown, encode: Encode): string {
  if (part === undefined || part === null) return ""
  return Array.isArray(part) ? part.map((one) => fillIn(one, encode)).join("") : encode(part)
}

function asHtml(part: unknown): string {
  if (part instanceof Snippet && part.markup !== undefined) return part.markup
  return (isElement(part) ? part.outerHTML : undefined) ?? escapeHtml(wordOf(part))
}

function isElement(part: unknown): part is { outerHTML: string } {
  if (part === null || typeof part !== "object" || !("nodeType" in part) || !("outerHTML" in part))
    return false
  return part.nodeType === 1
}

/** A value in running text; what has no text of its own as Node prints it. */
function wordOf(part: unknown): string {
  const text = typeof part === "object" && part !== null ? `${part}` : String(part)
  return text.startsWith("[object ") ? plainText(part) : text
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!)
}

const latexWords: Readonly<Record<string, string>> = {
  "\\": "\\backslash ",
  "^": "\\hat{}",
  "~": "\\sim ",
}

function asLatex(character: string): string {
  return latexWords[character] ?? `\\${character}`
}
