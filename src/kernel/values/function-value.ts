import type { Mimebundle } from "../dict.js"
import { parametersOf } from "./parameters.js"
import { plainText } from "./plain-text.js"
import { leftOut } from "./records.js"
import type { Specimen } from "./specimen.js"

/** Members of a class that are listed. */
const mostMembers = 30

/** A function with its parameters, a class also with its members. What the engine made itself Node names well. */
export function showFunction({ value }: Specimen): Mimebundle | undefined {
  if (typeof value !== "function") return undefined
  const parameters = parametersOf(value)
  if (parameters === undefined) return undefined
  // Behind the name come the properties that the function has, if any.
  const first = plainText(value).replace(/^\[.*?\](?= \{|$)/, (name) => `${name} ${parameters}`)
  return { "text/plain": [first, ...membersOf(value)].join("\n") }
}

function membersOf(value: object): string[] {
  if (!/^class\b/.test(Function.prototype.toString.call(value))) return []
  const own = Object.getOwnPropertyDescriptor(value, "prototype")?.value as object
  const members = [...linesOf(own, ""), ...linesOf(value, "static ")]
  const more = leftOut(members.length - mostMembers, "member")
  return [...members.slice(0, mostMembers), ...(more ? [`  ${more}`] : [])]
}

/** A line for each method and accessor; none is called. */
function linesOf(owner: object, prefix: string): string[] {
  const lines: string[] = []
  for (const name of Reflect.ownKeys(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, name)!
    const word = typeof name === "symbol" ? `[${name.description}]` : name
    if (name === "constructor" || property.enumerable) continue
    if (property.get || property.set) lines.push(`  ${prefix}${property.get ? "get" : "set"} ${word}`)
    else if (typeof property.value === "function")
      lines.push(`  ${prefix}${word}${parametersOf(property.value) ?? "()"}`)
  }
  return lines
}
