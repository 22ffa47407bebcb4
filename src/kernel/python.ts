import { spawnSync } from "node:child_process"
import { PrelabError } from "../error.js"

/** A Python that answers. */
export interface Python {
  program: string
  version: string
  /** The environment it belongs to. */
  prefix: string
  /** Where packages of this environment are, and whether somebody may write there. */
  packages: string
}

const question = `
import json, sys, sysconfig
print(json.dumps({
    "program": sys.executable,
    "version": sys.version.split()[0],
    "prefix": sys.prefix,
    "packages": sysconfig.get_path("purelib"),
}))
`

/**
 * The Python that a shell would start: the virtual or conda environment that is active, or the system's. The kernel
 * itself never needs one.
 */
export function findPython(env: NodeJS.ProcessEnv = process.env): Python | undefined {
  for (const program of ["python3", "python", ...(process.platform === "win32" ? ["py"] : [])]) {
    const python = askPython(program, env)
    if (python) return python
  }
  return undefined
}

/** The Python of a path or name; undefined where that is none. */
export function askPython(program: string, env: NodeJS.ProcessEnv = process.env): Python | undefined {
  const { status, stdout } = spawnSync(program, ["-c", question], { encoding: "utf8", env })
  if (status !== 0) return undefined
  try {
    return JSON.parse(stdout)
  } catch {
    return undefined // something else of that name
  }
}

/** @throws PrelabError where there is no Python, or not the one asked for; `what` needs it */
export function requirePython(
  what: string,
  program: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Python {
  const python = program === undefined ? findPython(env) : askPython(program, env)
  if (python) return python
  if (program !== undefined) throw new PrelabError("no Python there", program)
  throw new PrelabError("no Python on the PATH", what, { hint: "name one with --python PATH" })
}
