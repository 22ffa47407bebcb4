import type { Runtime } from "node:inspector"

/** The part that previews and values have in common. */
type Shown = Pick<
  Runtime.ObjectPreview,
  "type" | "subtype" | "description" | "overflow" | "properties" | "entries"
>

const maxText = 1000

/** A value in one line, as the variable list and the console show it. */
export function valueText(value: Runtime.RemoteObject): string {
  switch (value.type) {
    case "string":
      return JSON.stringify(value.value)
    case "undefined":
      return "undefined"
    case "function":
      return functionText(value.description ?? "")
    case "object":
      return cut(objectText(value))
    default:
      return value.description ?? value.unserializableValue ?? String(value.value)
  }
}

/** What a client shows as the type: the class of an object, else what `typeof` says. */
export function valueType(value: Runtime.RemoteObject): string {
  if (value.subtype === "null") return "null"
  return value.type === "object" ? (value.className ?? "object") : value.type
}

function objectText(value: Runtime.RemoteObject): string {
  if (value.subtype === "null") return "null"
  if (value.subtype === "error") return (value.description ?? "").split("\n")[0] ?? ""
  return value.preview ? previewText(value.preview) : (value.description ?? "")
}

function previewText(preview: Shown): string {
  const { subtype, description = "", properties } = preview
  if (subtype === "date" || subtype === "regexp" || subtype === "error")
    return description.split("\n")[0] ?? ""
  const rest = preview.overflow ? ["…"] : []
  if (preview.entries) {
    const entries = preview.entries.map(({ key, value }) => {
      const text = nestedText(value)
      return key ? `${nestedText(key)} => ${text}` : text
    })
    return `${description} {${[...entries, ...rest].join(", ")}}`
  }
  if (subtype === "array" || subtype === "typedarray") {
    const items = properties.map(({ name, value = "", type }) => {
      const text = type === "string" ? JSON.stringify(value) : value
      return /^\d+$/.test(name) ? text : `${name}: ${text}`
    })
    return `${description} [${[...items, ...rest].join(", ")}]`
  }
  const fields = properties.map(({ name, value = "", type }) => `${name}: ${propertyText(type, value)}`)
  const inside = `{${[...fields, ...rest].join(", ")}}`
  return description === "Object" ? inside : `${description} ${inside}`
}

function propertyText(type: string, value: string): string {
  if (type === "string") return JSON.stringify(value)
  if (type === "function") return "ƒ"
  return type === "accessor" ? "(…)" : value
}

function nestedText(preview: Shown): string {
  if (preview.type === "string") return JSON.stringify(preview.description ?? "")
  return preview.type === "object" && preview.properties.length > 0
    ? previewText(preview)
    : (preview.description ?? preview.type)
}

/** V8 describes a function by its source. */
function functionText(source: string): string {
  if (source.startsWith("class")) return (source.split("{")[0] ?? "").trim()
  const head = (source.split("\n")[0] ?? "").replace(/\s*\{.*$/, "").replace(/\s*=>.*$/, " =>")
  return cut(head.startsWith("function") || head.startsWith("async function") ? head : `ƒ ${head}`)
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text
}
