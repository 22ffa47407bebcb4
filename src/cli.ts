#!/usr/bin/env node
import "./compile-cache.js"
import { readArguments } from "./cli/arguments.js"
import type { Command } from "./cli/command.js"
import { helpText, planned, usages, usageText } from "./cli/usage.js"
import { PrelabError, Refusal } from "./error.js"
import { nearest } from "./net/index.js"
import { version } from "./version.js"

/**
 * Commands by name, each loaded when it is called: `prelab kernel` must not wait for what it does not use.
 */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  show: async () => (await import("./cli/show.js")).show,
  slopes: async () => (await import("./cli/slopes.js")).slopes,
  rewrite: async () => (await import("./cli/rewrite.js")).rewrite,
  forward: async () => (await import("./cli/forward.js")).forward,
  backward: async () => (await import("./cli/backward.js")).backward,
  data: async () => (await import("./cli/data.js")).data,
  train: async () => (await import("./cli/train.js")).train,
  export: async () => (await import("./cli/export.js")).exportNet,
  compare: async () => (await import("./cli/compare.js")).compare,
  diagnose: async () => (await import("./cli/diagnose.js")).diagnose,
  run: async () => (await import("./cli/run.js")).run,
  lab: async () => (await import("./cli/lab.js")).lab,
  lite: async () => (await import("./cli/lite.js")).lite,
  "new-widget": async () => (await import("./cli/new-widget.js")).newWidget,
  install: async () => (await import("./cli/install.js")).install,
  uninstall: async () => (await import("./cli/install.js")).uninstall,
  doctor: async () => (await import("./cli/doctor.js")).doctor,
  kernel: async () => (await import("./cli/kernel.js")).kernel,
  "kernel-launcher": async () => (await import("./cli/kernel-launcher.js")).kernelLauncher,
}

/** @returns the exit status: 0 done, 1 refused or not equivalent, 2 bad usage or bad input */
async function main([name, ...rest]: string[]): Promise<number | undefined> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(helpText())
    return name === undefined ? 2 : 0
  }
  if (name === "--version") {
    process.stdout.write(`${version}\n`)
    return 0
  }
  const load = commands[name]
  if (load === undefined) {
    if (name in planned) throw new Refusal("command not available yet", `${name} (${planned[name]})`)
    const hint = nearest(name, Object.keys(usages))
    throw new PrelabError("unknown command", name, {
      hint: hint ? `did you mean "${hint}"?` : "prelab --help lists them",
    })
  }
  const command = await load()
  const args = readArguments(command.normalize?.(rest) ?? rest, command.options ?? {})
  if (args.flags.help) {
    process.stdout.write(usageText(name))
    return 0
  }
  const answer = await command.run(args)
  if (answer === undefined) return undefined
  for (const complaint of answer.complaints ?? []) process.stderr.write(`prelab: ${complaint}\n`)
  const text = args.flags.json ? `${JSON.stringify(answer.json)}\n` : answer.text
  // Written whole before the process may end: a pipe takes its time.
  await new Promise((resolve) => process.stdout.write(text, resolve))
  return answer.status ?? 0
}

function messageOf(error: unknown): string {
  if (error instanceof PrelabError) return error.message
  const { message } = error as Error
  if (error instanceof RangeError && /allocation failed|array length/i.test(message))
    return `not enough memory: ${message}; smaller inputs need less`
  return `unexpected error: ${message ?? error}; --debug says where`
}

const debug = process.argv.includes("--debug")

main(process.argv.slice(2)).then(
  (status) => {
    if (status !== undefined) process.exitCode = status
  },
  (error: unknown) => {
    process.stderr.write(`prelab: ${messageOf(error).replace(/\s*\n\s*/g, " ")}\n`)
    if (debug) process.stderr.write(`${(error as Error)?.stack ?? ""}\n`)
    process.exitCode = error instanceof Refusal ? 1 : 2
  },
)
