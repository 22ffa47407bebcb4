import { type ParseArgsConfig, parseArgs } from "node:util"
import type { LoadOptions } from "../caffe/index.js"
import { PrelabError } from "../error.js"
import { nearest, type Shape } from "../net/index.js"

type Options = NonNullable<ParseArgsConfig["options"]>

export interface Arguments {
  readonly positionals: readonly string[]
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

const common: Options = {
  json: { type: "boolean" },
  debug: { type: "boolean" },
  help: { type: "boolean", short: "h" },
}

export const netOptions: Options = {
  phase: { type: "string" },
  level: { type: "string" },
  stage: { type: "string", multiple: true },
  "repair-slopes": { type: "boolean" },
}

export const engineOptions: Options = { engine: { type: "string" }, backend: { type: "string" } }

/**
 * Splits a command's arguments. Node's own parser does the work; its complaints become one line.
 * @throws PrelabError for unknown options and missing values
 */
export function readArguments(args: readonly string[], options: Options): Arguments {
  const known = { ...common, ...options }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: known,
      allowPositionals: true,
      strict: true,
    })
    return { positionals, flags: values as Arguments["flags"] }
  } catch (cause) {
    const { code, message } = cause as Error & { code?: string }
    const flag = /'(-[^' ]*)/.exec(message)?.[1]
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" && flag) {
      const hint = nearest(
        flag,
        Object.keys(known).map((name) => `--${name}`),
      )
      throw new PrelabError("unknown option", flag, hint ? { hint: `did you mean ${hint}?` } : {})
    }
    throw new PrelabError("bad option", message.split(". ")[0] ?? message, { cause })
  }
}

/** Exactly the named positionals, the ones in brackets optional. */
export function namedPositionals(given: readonly string[], names: readonly string[]): (string | undefined)[] {
  const required = names.filter((name) => !name.startsWith("["))
  if (given.length < required.length) throw new PrelabError("argument missing", required[given.length]!)
  if (given.length > names.length) throw new PrelabError("unexpected argument", given[names.length]!)
  return names.map((_, i) => given[i])
}

export function textFlag({ flags }: Arguments, name: string): string | undefined {
  return flags[name] as string | undefined
}

/** A flag with a fixed set of values, any case. */
export function choiceFlag<T extends string>(
  args: Arguments,
  name: string,
  choices: readonly T[],
): T | undefined {
  const given = textFlag(args, name)
  if (given === undefined) return undefined
  const choice = choices.find((candidate) => candidate.toLowerCase() === given.toLowerCase())
  if (choice) return choice
  const close = nearest(given, choices)
  throw new PrelabError(`unknown ${name}`, given, {
    hint: close ? `did you mean ${close}?` : `use ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`,
  })
}

/** `--phase`, `--level`, `--stage` and `--repair-slopes` as `loadNet` takes them. */
export function loadOptions(args: Arguments): LoadOptions {
  const level = textFlag(args, "level")
  if (level !== undefined && !/^-?\d+$/.test(level)) throw new PrelabError("level must be an integer", level)
  const stages = (args.flags.stage as readonly string[] | undefined) ?? []
  return {
    phase: choiceFlag(args, "phase", ["TEST", "TRAIN"]) ?? "TEST",
    level: Number(level ?? 0),
    stages,
    ...(args.flags["repair-slopes"] ? { repair: "slopes" } : {}),
  }
}

/** `BLOB=FILE` pairs. */
export function pairOf(text: string): [name: string, file: string] {
  const at = text.indexOf("=")
  if (at < 1 || at === text.length - 1) throw new PrelabError("input must be BLOB=FILE.npy", text)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** `--shape BLOB=1x3x224x224`, as shapes are printed everywhere. */
export function shapeFlags(args: Arguments): Record<string, Shape> {
  const given = (args.flags.shape as readonly string[] | undefined) ?? []
  return Object.fromEntries(
    given.map((text) => {
      const [, blob, extents] = /^(.+)=(\d+(?:x\d+)*)$/.exec(text) ?? []
      const shape = extents?.split("x").map(Number)
      if (!blob || !shape?.every((extent) => extent > 0))
        throw new PrelabError("shape must be BLOB=1x3x224x224", text)
      return [blob, shape]
    }),
  )
}
