import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))
export const data = fileURLToPath(new URL("../../notebooks/data/", import.meta.url))

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built command, as a user would. */
export function prelab(...args: string[]): Outcome {
  if (!existsSync(cli)) throw new Error("dist/cli.js is missing: npm run build")
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  })
  return { status, stdout, stderr }
}

/** The command's JSON document. */
export function prelabJson(...args: string[]): Record<string, never> {
  const { status, stdout, stderr } = prelab(...args, "--json")
  if (status === 2 || stderr !== "") throw new Error(`prelab ${args.join(" ")}: ${stderr}`)
  return JSON.parse(stdout)
}
