import { describeNet, type NetDescription, netSentence, wiringOf } from "../inspect/index.js"
import { formatShape, type Net } from "../net/index.js"
import { html } from "./html.js"
import { formatCount } from "./numbers.js"
import type { Shown } from "./shown.js"
import { notes, table } from "./table.js"

const columns = [
  { head: "#", numeric: true },
  { head: "graph" },
  { head: "layer" },
  { head: "type" },
  { head: "bottoms → tops" },
  { head: "top shape" },
  { head: "parameters", numeric: true },
  { head: "MACs", numeric: true },
]

/**
 * The graph as a table: layers with their wiring, shapes, parameters and multiply-accumulates, and what is
 * wrong with it.
 */
export function showNet(net: Net): Shown {
  const description = describeNet(net)
  const rows = description.layers.map((layer) => [
    layer.index,
    html`<span style="font-family:monospace;white-space:pre">${layer.graph}</span>`,
    layer.name,
    layer.type,
    wiringOf(layer),
    layer.shapes.map((shape) => (shape ? formatShape(shape) : "?")).join(", "),
    layer.sharesWith === undefined ? countOrNothing(layer.parameters) : `those of ${layer.sharesWith}`,
    countOrNothing(layer.macs),
  ])
  const caption = html`<strong>${net.name || "unnamed net"}</strong>: ${netSentence(description)}`
  return {
    html: html`${table({ caption, columns, rows })}${notes("What cannot run", problems(description))}${notes("Warnings", net.warnings)}`,
    text: String(net),
  }
}

function countOrNothing(n: number): string {
  return n ? formatCount(n) : ""
}

/** Each reason once: a layer that cannot run takes everything after it along. */
function problems({ layers }: NetDescription): string[] {
  const names = new Map<string, string[]>()
  for (const { name, problem } of layers)
    if (problem !== undefined) names.set(problem, [...(names.get(problem) ?? []), name])
  return [...names].map(([message, [, ...after]]) => {
    if (after.length === 0) return message
    return `${message}; ${after.length === 1 ? `so ${after[0]} cannot run` : `so ${after.length} layers after it cannot run`}`
  })
}
