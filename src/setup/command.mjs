// Runs a program to its end and keeps what it said: nobody reads an installer's chatter unless it failed.
import { spawn } from "node:child_process"
import { root } from "./paths.mjs"

/** A step of the set-up that cannot go on: one line for the reader, and the output that explains it. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {{ output?: string, status?: number }} [more]
   */
  constructor(message, { output = "", status = 1 } = {}) {
    super(message)
    this.output = output
    this.status = status
  }
}

/** @typedef {{ status: number, stdout: string, output: string }} Outcome */

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} [options]
 * @returns {Promise<Outcome>} status 127 where the program does not exist
 */
export function attempt(program, args, { cwd = root, env = process.env, shell = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, shell, stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text
    })
    child.on("error", (error) => resolve({ status: 127, stdout, output: `${program}: ${error.message}\n` }))
    child.on("close", (code, signal) =>
      resolve({ status: code ?? 1, stdout, output: signal ? `${output}ended by ${signal}\n` : output }),
    )
  })
}

/**
 * The standard output of a program that must succeed.
 * @param {string} program
 * @param {string[]} args
 * @param {Parameters<typeof attempt>[2]} [options]
 */
export async function command(program, args, options) {
  const { status, stdout, output } = await attempt(program, args, options)
  if (status !== 0) throw new SetupError(`${[program, ...args].join(" ")} failed`, { output })
  return stdout
}
