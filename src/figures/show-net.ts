import { callsOf, type NetCalls } from "../layers/index.js"
import { formatShape, type Layer, type Net, parameterCount } from "../net/index.js"
import { html } from "./html.js"
import { formatCount } from "./numbers.js"
import type { Shown } from "./shown.js"
import { notes, table } from "./table.js"

const columns = [
  { head: "#", numeric: true },
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
  const calls = callsOf(net)
  const macs = new Map(net.layers.map((layer) => [layer, macsOf(calls, layer)]))
  const total = [...macs.values()].reduce<number>((sum, n) => sum + (n ?? 0), 0)
  const rows = net.layers.map((layer, index) => [
    index,
    layer.name,
    layer.type,
    wiring(layer),
    layer.tops.map((top) => shapeOf(calls, top)).join(", "),
    countOrNothing(parameterCount(layer)),
    countOrNothing(macs.get(layer)),
  ])
  const caption = html`<strong>${net.name || "unnamed net"}</strong>: ${sentence(net, total, calls.problems.size > 0)}`
  return {
    html: html`${table({ caption, columns, rows })}${notes("What cannot run", problems(calls))}${notes("Warnings", net.warnings)}`,
    text: String(net),
  }
}

function sentence(net: Net, macs: number, partial: boolean): string {
  const { phase, level, stages } = net.state
  const state = [
    phase,
    ...(level === 0 ? [] : [`level ${level}`]),
    ...stages.map((stage) => `stage ${stage}`),
  ].join(", ")
  const total = `${formatCount(macs)} MACs${partial ? " in the layers that can run" : ""}`
  return `${formatCount(net.layers.length)} layers, ${formatCount(net.parameters)} parameters, ${total} (${state})`
}

/** `conv1 ⟲` when a layer writes over its bottom, `data → conv1` when it does not. */
function wiring({ bottoms, tops }: Layer): string {
  const from = bottoms.map(({ blob }) => blob).join(", ")
  const to = tops.map(({ blob }) => blob).join(", ")
  if (from === "") return `→ ${to}`
  return from === to ? `${to} (in place)` : `${from} → ${to || "(nothing)"}`
}

function shapeOf({ shapes }: NetCalls, top: Layer["tops"][number]): string {
  const shape = shapes.get(top)
  return shape ? formatShape(shape) : "?"
}

function macsOf({ calls }: NetCalls, layer: Layer): number | undefined {
  const known = calls.get(layer)
  return known?.type.macs?.(known.call)
}

function countOrNothing(n: number | undefined): string {
  return n ? formatCount(n) : ""
}

/** Each reason once: a layer that cannot run takes everything after it along. */
function problems({ problems }: NetCalls): string[] {
  const layers = new Map<string, string[]>()
  for (const [layer, { message }] of problems)
    layers.set(message, [...(layers.get(message) ?? []), layer.name])
  return [...layers].map(([message, names]) => {
    const after = names.length - 1
    return after === 0
      ? message
      : `${message}; ${after === 1 ? `so ${names[1]} cannot run` : `so ${after} layers after it cannot run`}`
  })
}
