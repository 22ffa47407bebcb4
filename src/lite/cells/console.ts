import { format, inspect } from "node:util"

type Print = (...values: unknown[]) => void

/**
 * Node's console over `process.stdout` and `process.stderr`, where the kernel hears it. A browser's own would print
 * into the tools of whoever looks for them.
 */
export function printToProcess(): void {
  const native = globalThis.console
  let indent = ""
  const counts = new Map<string, number>()
  const timers = new Map<string, number>()
  const to =
    (stream: { write(text: string): unknown }): Print =>
    (...values) => {
      const text = format(...values)
      stream.write(`${indent}${indent === "" ? text : text.replaceAll("\n", `\n${indent}`)}\n`)
    }
  const log = to(process.stdout)
  const error = to(process.stderr)
  const group: Print = (...labels) => {
    if (labels.length > 0) log(...labels)
    indent += "  "
  }
  const elapsed = (label: string) =>
    `${label}: ${(performance.now() - (timers.get(label) ?? 0)).toFixed(3)}ms`
  const own = {
    ...{ log, info: log, debug: log, error, warn: error },
    dir: (value: unknown, options: object = {}) => log(inspect(value, { customInspect: false, ...options })),
    dirxml: log,
    trace: (...values: unknown[]) => {
      const stack = new Error().stack?.split("\n").slice(2).join("\n") ?? ""
      error(`Trace: ${format(...values)}\n${stack}`)
    },
    assert: (holds: unknown, ...values: unknown[]) => {
      if (!holds) error(values.length > 0 ? `Assertion failed: ${format(...values)}` : "Assertion failed")
    },
    ...{ group, groupCollapsed: group },
    groupEnd: () => {
      indent = indent.slice(2)
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1)
      log(`${label}: ${counts.get(label)}`)
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void timers.set(label, performance.now()),
    timeLog: (label = "default", ...values: unknown[]) => log(elapsed(label), ...values),
    timeEnd: (label = "default") => {
      log(elapsed(label))
      timers.delete(label)
    },
    table: (data: unknown, columns?: string[]) => log(isRows(data) ? tableText(data, columns) : data),
  }
  globalThis.console = Object.assign(Object.create(native), own)
}

function isRows(data: unknown): data is object {
  return data !== null && typeof data === "object"
}

const valueColumn = "Values"

/** The table that Node draws for `console.table`. */
function tableText(data: object, columns?: string[]): string {
  const rows = data instanceof Map ? [...data] : Object.entries(data)
  const cells = rows.map(
    ([, row]): Record<string, unknown> => (isRows(row) ? { ...row } : { [valueColumn]: row }),
  )
  const found = [...new Set(cells.flatMap((row) => Object.keys(row)))]
  // What is no object comes last.
  const names = columns ?? [
    ...found.filter((name) => name !== valueColumn),
    ...found.filter((n) => n === valueColumn),
  ]
  const lines = [
    ["(index)", ...names],
    ...rows.map(([key], i) => [
      String(key),
      ...names.map((name) => (name in cells[i]! ? inspect(cells[i]![name], { depth: 0 }) : "")),
    ]),
  ]
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)) + 2)
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => "─".repeat(width)).join(middle) + right
  const drawn = lines.map((line) => `│${line.map((text, i) => ` ${text}`.padEnd(widths[i]!)).join("│")}│`)
  return [rule("┌", "┬", "┐"), drawn[0], rule("├", "┼", "┤"), ...drawn.slice(1), rule("└", "┴", "┘")].join(
    "\n",
  )
}
