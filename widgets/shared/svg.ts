import { s } from "./dom.js"

export function line(kind: string, x1: number, y1: number, x2: number, y2: number): SVGLineElement {
  return s("line", { class: kind, x1, y1, x2, y2 })
}

/** A word at a place; where `x` is in it: its start, middle or end. */
export function text(
  words: string,
  x: number,
  y: number,
  anchor: "start" | "middle" | "end" = "start",
  kind = "tick",
): SVGTextElement {
  return s("text", { class: kind, x, y, "text-anchor": anchor }, words)
}

export function circle(kind: string, cx: number, cy: number, r: number): SVGCircleElement {
  return s("circle", { class: kind, cx, cy, r })
}
