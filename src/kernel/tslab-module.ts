// What `import * as tslab from "tslab"` means in a cell: tslab's own functions, over this kernel's display. Notebooks
// that were written for tslab show in them what they showed there.
import { randomUUID } from "node:crypto"
import { display as show, updateDisplay } from "./display.js"

export { type Versions, versions } from "./tslab-versions.js"

/** One way to show each kind of text or bytes. */
export interface Display {
  javascript(s: string): void
  html(s: string): void
  markdown(s: string): void
  latex(s: string): void
  svg(s: string): void
  png(b: Uint8Array): void
  jpeg(b: Uint8Array): void
  gif(b: Uint8Array): void
  pdf(b: Uint8Array): void
  text(s: string): void
  raw(contentType: string, b: string | Uint8Array): void
}

function displayWith(raw: Display["raw"]): Display {
  const as = (type: string) => (data: string | Uint8Array) => raw(type, data)
  return {
    javascript: as("text/javascript"),
    html: as("text/html"),
    markdown: as("text/markdown"),
    latex: as("text/latex"),
    svg: as("image/svg+xml"),
    png: as("image/png"),
    jpeg: as("image/jpeg"),
    gif: as("image/gif"),
    pdf: as("application/pdf"),
    text: as("text/plain"),
    raw,
  }
}

/** Shows each thing below the one before. */
export const display: Display = displayWith((type, data) => void show({ [type]: data }, { raw: true }))

/** Shows each thing in place of the one before. */
export function newDisplay(): Display {
  const displayId = randomUUID()
  let shown = false
  return displayWith((type, data) => {
    if (shown) updateDisplay(displayId, { [type]: data }, { raw: true })
    else show({ [type]: data }, { raw: true, displayId })
    shown = true
  })
}
