import { count } from "../net/index.js"
import type { Channels } from "./channels.js"
import { channelAt, elementAt, type GpuArgument, type GpuKernel, threadPerElement } from "./gpu-kernel.js"

/** A value that a pointwise formula reads. */
export interface Operand {
  readonly from: GpuArgument
  /** One value for every element of the top, for every channel, or for all. */
  readonly per: "element" | "channel" | "all"
}

/**
 * A layer whose every value depends on the values at the same place alone. It states its formula once: its
 * own kernel is made of it, and so is the end of another layer's kernel that it is fused into.
 */
export interface Pointwise {
  /** The top seen around the axis whose channels have values of their own. */
  readonly around: Channels
  /** By the names that `body` gives them. */
  readonly operands: Readonly<Record<string, Operand>>
  /** Statements that end in their one return. Names are the formula's own: fusing renames them. */
  readonly body: string
}

/** The operand that is the layer's bottom. */
export const BOTTOM: Operand = { from: { bottom: 0 }, per: "element" }

/**
 * One thread an element; a flat axis where no channel is asked for, because it may be of any length on every
 * backend.
 */
export function pointwiseKernel({ around, operands, body }: Pointwise): GpuKernel {
  const entries = Object.entries(operands)
  const hasChannels = entries.some(([, { per }]) => per === "channel")
  const extents = threadPerElement(around).output
  const output = hasChannels ? extents : [count(extents)]
  const lines = entries.map(
    ([name, { per }]) => `const ${name} = ${arrayOf(name)}[${placeOf(per, output, around)}];`,
  )
  return {
    output,
    args: Object.fromEntries(entries.map(([name, { from }]) => [arrayOf(name), from])),
    body: `
      ${lines.join("\n")}
      ${body}`,
    top: 0,
  }
}

/** The kernel argument that holds an operand's values. */
export function arrayOf(operand: string): string {
  return `${operand}Values`
}

/**
 * Where a thread finds an operand's value; undefined where the channel cannot be told from the thread's
 * coordinates.
 */
export function placeOf(
  per: Operand["per"],
  output: GpuKernel["output"],
  around: Channels,
): string | undefined {
  if (per === "all") return "0"
  return per === "element" ? elementAt(output) : channelAt(output, around)
}
