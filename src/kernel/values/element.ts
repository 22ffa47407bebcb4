import type { Mimebundle } from "../dict.js"
import { formatCount } from "./format-number.js"
import type { Specimen } from "./specimen.js"
import { withNamespace } from "./svg-text.js"

const elementNode = 1

/**
 * HTML and SVG elements of jsdom, linkedom and their like, Observable Plot's figures among them, and what has their
 * markup without being nodes, as Deno shows it. SVG is given inline too: there it takes the page's colours, which a
 * picture cannot.
 */
export function showElement(specimen: Specimen): Mimebundle | undefined {
  const type = specimen.get("nodeType")
  if (type !== elementNode && type !== undefined) return undefined
  const markup = specimen.get("outerHTML")
  const name = type === undefined ? tagOf(markup) : (specimen.get("localName") ?? specimen.get("tagName"))
  if (typeof markup !== "string" || typeof name !== "string") return undefined
  const start = /^<[^>]{0,200}>?/.exec(markup)?.[0] ?? `<${name}>`
  return {
    "text/html": scrolling(markup, name),
    ...(name.toLowerCase() === "svg" && { "image/svg+xml": withNamespace(markup) }),
    "text/plain": `${start} element, ${formatCount(markup.length)} characters`,
  }
}

function tagOf(markup: unknown): string | undefined {
  return typeof markup === "string" ? /^<([a-z][\w-]*)[\s/>]/i.exec(markup)?.[1] : undefined
}

/** Figures are wider than a narrow page; a whole document keeps its own layout. */
function scrolling(markup: string, name: string): string {
  return /^(svg|figure|table|canvas|img)$/i.test(name)
    ? `<div style="max-width:100%;overflow-x:auto">${markup}</div>`
    : markup
}
