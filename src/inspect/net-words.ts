import type { LayerDescription, NetDescription } from "./describe-net.js"

/** The net in one sentence: `11 layers, 6,632 parameters, 45,938 MACs (TEST)`. */
export function netSentence(net: NetDescription): string {
  const { phase, level, stages, layers, parameters, macs, weightsLoaded } = net
  const state = [
    phase,
    ...(level === 0 ? [] : [`level ${level}`]),
    ...stages.map((stage) => `stage ${stage}`),
  ].join(", ")
  const isPartial = layers.some(({ shapes }) => shapes.includes(null))
  const stored = `${spoken(parameters)} parameters${weightsLoaded ? "" : " (not loaded)"}`
  const total = `${spoken(macs)} MACs${isPartial ? " in the layers that can run" : ""}`
  return `${spoken(layers.length)} layers, ${stored}, ${total} (${state})`
}

/** `conv1 (in place)` when a layer writes over its bottom, `data → conv1` when it does not. */
export function wiringOf({ bottoms, tops }: LayerDescription): string {
  const [from, to] = [bottoms.join(", "), tops.join(", ")]
  if (from === "") return `→ ${to}`
  return from === to ? `${to} (in place)` : `${from} → ${to || "(nothing)"}`
}

function spoken(n: number): string {
  return n.toLocaleString("en-US")
}
