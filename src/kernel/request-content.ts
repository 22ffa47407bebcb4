import { inspect } from "node:util"
import type { Dict } from "./dict.js"

type Kind = "text" | "flag" | "number" | "object"

interface Field {
  kind: Kind
  required?: true
}

const code: Field = { kind: "text", required: true }
const number: Field = { kind: "number" }
const flag: Field = { kind: "flag" }
const cursor = { code, cursor_pos: number }
const comm: Record<string, Field> = { comm_id: { kind: "text", required: true }, data: { kind: "object" } }

/** What clients may send: the fields of each message that have a type. A missing or null one has a default. */
const fieldsOf: Readonly<Record<string, Record<string, Field>>> = {
  execute_request: {
    code,
    silent: flag,
    store_history: flag,
    user_expressions: { kind: "object" },
    allow_stdin: flag,
    stop_on_error: flag,
  },
  complete_request: cursor,
  inspect_request: { ...cursor, detail_level: number },
  is_complete_request: { code },
  history_request: {
    output: flag,
    raw: flag,
    hist_access_type: { kind: "text" },
    session: number,
    start: number,
    stop: number,
    n: number,
    pattern: { kind: "text" },
    unique: flag,
  },
  comm_info_request: { target_name: { kind: "text" } },
  comm_open: { ...comm, target_name: { kind: "text", required: true } },
  comm_msg: comm,
  comm_close: comm,
  delete_subshell_request: { subshell_id: { kind: "text", required: true } },
}

const tests: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === "string",
  flag: (value) => typeof value === "boolean",
  number: (value) => Number.isInteger(value),
  object: (value) => typeof value === "object" && !Array.isArray(value),
}

const descriptions: Record<Kind, string> = {
  text: "a text",
  flag: "true or false",
  number: "a whole number",
  object: "an object",
}

/** What is wrong with the content of a message, if anything is. */
export function problemOf(msgType: string, content: Dict): string | undefined {
  const fields = Object.hasOwn(fieldsOf, msgType) ? fieldsOf[msgType]! : {}
  for (const [name, { kind, required }] of Object.entries(fields)) {
    const value = content[name]
    if (value === undefined || value === null) {
      if (required) return `${name} is missing`
    } else if (!tests[kind](value)) return `${name} is not ${descriptions[kind]}: ${inspect(value)}`
  }
  return undefined
}
