import type { Mimebundle } from "../dict.js"
import { plainJson } from "../plain-json.js"
import type { Specimen } from "./specimen.js"

const schemaAddress = /^https?:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)/

/** What makes a specification without an address one of Vega-Lite. */
const viewKeys = ["mark", "layer", "hconcat", "vconcat", "concat", "repeat", "facet"]

/** Vega and Vega-Lite charts: specifications, and the builders of vega-lite-api that give one. */
export function showVega(specimen: Specimen): Mimebundle | undefined {
  const address = specimen.get("$schema")
  if (typeof address === "string") return schemaAddress.test(address) ? chartOf(specimen.value) : undefined
  // Many objects have a toObject or toJSON for other ends; only builders of charts render them.
  if (!specimen.has("toSpec") && !specimen.has("render")) return undefined
  for (const name of ["toSpec", "toObject", "toJSON"]) {
    const spec = specimen.call(name)
    if (spec !== null && typeof spec === "object") return chartOf(spec)
  }
  return undefined
}

function chartOf(value: object): Mimebundle | undefined {
  const spec = plainJson(value) as Record<string, unknown>
  const found = schemaAddress.exec(String(spec.$schema ?? ""))
  if (!found && !viewKeys.some((key) => key in spec)) return undefined
  const [, language, version] = found ?? [undefined, "vega-lite", "5"]
  const [name, subtype] = language === "vega" ? ["Vega", "vega"] : ["Vega-Lite", "vegalite"]
  const title = typeof spec.title === "string" ? `: ${spec.title}` : ""
  return {
    [`application/vnd.${subtype}.v${version}+json`]: spec,
    "text/plain": `${name} ${version} chart${markOf(spec)}${title}`,
  }
}

function markOf({ mark, marks }: Record<string, unknown>): string {
  const one = typeof mark === "object" && mark !== null && "type" in mark ? mark.type : mark
  if (typeof one === "string") return ` (${one})`
  return Array.isArray(marks) ? ` (${marks.length} marks)` : ""
}
