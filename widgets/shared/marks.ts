import { s } from "./dom.js"

/** Where the pointer is in an element. (What `offsetX` means inside of an SVG differs from browser to browser.) */
export function pointIn(element: Element, { clientX, clientY }: MouseEvent) {
  const { left, top } = element.getBoundingClientRect()
  return { x: clientX - left, y: clientY - top }
}

/** A straight line of a plot. */
export function line(kind: string, x1: number, y1: number, x2: number, y2: number): SVGLineElement {
  return s("line", { class: kind, x1, y1, x2, y2 })
}

export function circle(kind: string, cx: number, cy: number, r: number): SVGCircleElement {
  return s("circle", { class: kind, cx, cy, r })
}

/** A few words at a place, beside an axis unless told; where `x` is in them: their start, middle or end. */
export function text(
  words: string,
  x: number,
  y: number,
  anchor: "start" | "middle" | "end" = "start",
  kind = "tick",
): SVGTextElement {
  return s("text", { class: kind, x, y, "text-anchor": anchor }, words)
}
