import { arrayOf, MAX_ARRAYS, placeOf } from "../../layers/index.js"
import { count } from "../../net/index.js"
import type { Program, Source, Step } from "./program.js"

/**
 * The same program with pointwise layers as the ends of the kernels that they follow: convolution, BatchNorm,
 * Scale, the sum with another branch and PReLU become one kernel. A result that is wanted, or that several
 * steps read, stays a step of its own. The formulas keep their order of operations, so that the bounds of the
 * fused layers still hold, one after the other.
 */
export function fused({ inputs, steps, results }: Program): Program {
  const readers = readersOf(steps, results)
  // A step moves down to its only reader: all that either of them reads is there by then.
  const left: (Step | undefined)[] = [...steps]
  for (const [i, step] of steps.entries()) {
    const sources = Object.values(step.args).flatMap((source) => ("step" in source ? [source.step] : []))
    const alone = sources.filter((from) => readers[from]!.size === 1).sort((a, b) => b - a)
    for (const from of alone) {
      const joined = continued(left[from]!, step, from)
      if (joined === undefined) continue
      left[i] = joined
      left[from] = undefined
      break
    }
  }
  return renumbered(inputs, left, results)
}

/** Who reads each step's result: steps by their index, and -1 for whoever asked for the program. */
function readersOf(steps: readonly Step[], results: Program["results"]): Set<number>[] {
  const readers = steps.map(() => new Set<number>())
  for (const [i, { args }] of steps.entries())
    for (const source of Object.values(args)) if ("step" in source) readers[source.step]!.add(i)
  for (const { source } of results.values()) if ("step" in source) readers[source.step]!.add(-1)
  return readers
}

/** The argument that holds what fused formulas know beforehand, one after the other. */
const TABLE = "table"

/**
 * One step in place of two: the first does not return its value but goes on with the second's formula.
 *
 * @param from where the second reads the first's result
 * @returns undefined where the second has no formula, or the first cannot go on with it: it returns at
 * several places, its threads cannot tell the channel, or both together read more arrays than WebGPU promises
 */
function continued(first: Step, second: Step, from: number): Step | undefined {
  const { pointwise } = second
  const result = resultOf(first.kernel.body)
  if (!pointwise || !result || count(first.kernel.output) !== count(second.kernel.output)) return undefined
  const level = (first.fused?.length ?? 0) + 1
  const args: Record<string, Source> = { ...first.args }
  const lines: string[] = []
  for (const [name, { per }] of Object.entries(pointwise.operands)) {
    const source = second.args[arrayOf(name)]!
    const isFirst = "step" in source && source.step === from
    const place = placeOf(per, first.kernel.output, pointwise.around)
    if (place === undefined || (isFirst && per !== "element")) return undefined
    if (isFirst) {
      lines.push(`const ${name}_${level} = ${result.value};`)
    } else if ("data" in source) {
      const table = args[TABLE] && "data" in args[TABLE] ? args[TABLE].data : new Float32Array(0)
      lines.push(`const ${name}_${level} = ${TABLE}[${table.length} + ${place}];`)
      args[TABLE] = { data: joined(table, source.data) }
    } else {
      const array = `${arrayOf(name)}_${level}`
      lines.push(`const ${name}_${level} = ${array}[${place}];`)
      args[array] = source
    }
  }
  if (Object.keys(args).length > MAX_ARRAYS) return undefined
  const body = [result.statements, ...lines, numbered(pointwise.body, Object.keys(pointwise.operands), level)]
  return {
    layer: first.layer,
    kernel: { output: first.kernel.output, args, body: body.join("\n") },
    args,
    fused: [...(first.fused ?? []), second.layer],
  }
}

/**
 * A body as what it does first and the expression that it returns; undefined where it returns at several
 * places.
 */
function resultOf(body: string): { statements: string; value: string } | undefined {
  const [, statements, value] = /^([\s\S]*)\breturn\b([^;]*);\s*$/.exec(body) ?? []
  if (statements === undefined || value === undefined || /\breturn\b/.test(statements)) return undefined
  return { statements, value: value.trim() }
}

/** A formula whose own names, operands and what it declares, carry a number. */
function numbered(body: string, operands: readonly string[], level: number): string {
  const declared = [...body.matchAll(/\b(?:const|let|index) (\w+)/g)].map(([, name]) => name!)
  const names = [...new Set([...operands, ...declared])]
  return body.replace(new RegExp(`(?<![.\\w])(${names.join("|")})\\b`, "g"), `$1_${level}`)
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/** Closes the gaps: sources name their steps by place. */
function renumbered(
  inputs: Program["inputs"],
  left: readonly (Step | undefined)[],
  results: Program["results"],
): Program {
  const places: number[] = []
  const steps: Step[] = []
  const moved = (source: Source): Source => ("step" in source ? { step: places[source.step]! } : source)
  for (const [i, step] of left.entries()) {
    if (step === undefined) continue
    const args = Object.fromEntries(Object.entries(step.args).map(([name, source]) => [name, moved(source)]))
    places[i] = steps.push({ ...step, args }) - 1
  }
  return {
    inputs,
    steps,
    results: new Map(
      [...results].map(([value, { source, size }]) => [value, { source: moved(source), size }]),
    ),
  }
}
