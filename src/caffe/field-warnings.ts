import type { UnknownField } from "./text-format.js"

/** One line for every field that nobody knows, and one for all of a fork's sections of a name: a net has dozens of them. */
export function fieldWarnings(unknown: readonly UnknownField[]): string[] {
  const forks = new Map<string, UnknownField[]>()
  for (const field of unknown) {
    if (!field.fork) continue
    const others = forks.get(field.path)
    if (others) others.push(field)
    else forks.set(field.path, [field])
  }
  return [
    ...unknown
      .filter(({ fork }) => !fork)
      .map(({ path, line }) => `unknown field ${path} kept (line ${line})`),
    ...[...forks].map(([path, [first, ...more]]) => {
      const others = more.length === 0 ? "" : ` and ${more.length} more`
      return `${path} is a fork's, Caffe refuses it (line ${first!.line}${others})`
    }),
  ]
}
