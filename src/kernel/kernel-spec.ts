import { existsSync, readFileSync, realpathSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"

/** A kernel.json, as far as this kernel writes one. */
export interface KernelSpec {
  argv: string[]
  display_name: string
  language: string
  interrupt_mode: "signal" | "message"
  env: Record<string, string>
  metadata: Record<string, unknown>
}

export interface SpecOptions {
  displayName?: string | undefined
  /** The script that has the `kernel` command. */
  cli?: string | undefined
  version?: string | undefined
}

/**
 * The spec of this very installation. Absolute paths, because servers have another PATH than shells;
 * "{connection_file}" stays an argument of its own, as VS Code cannot quote a path inside another one.
 */
export function kernelSpec(options: SpecOptions = {}): KernelSpec {
  const cli = options.cli ?? fileURLToPath(new URL("../cli.js", import.meta.url))
  return {
    argv: [stableNode(), cli, "kernel", "{connection_file}"],
    display_name: options.displayName ?? "TypeScript (prelab)",
    language: "typescript",
    interrupt_mode: "message",
    env: {},
    // JupyterLab offers its debugger only to kernels that say so here.
    metadata: { debugger: true, prelab: { version: options.version ?? "0.0.0" } },
  }
}

/** Whether a spec was written by this program, in any version. */
export function isOurs(spec: Partial<KernelSpec> | undefined): boolean {
  return spec?.metadata?.prelab !== undefined
}

/** The kernel.json in a folder; undefined where there is none that can be read. */
export function readSpec(folder: string): Partial<KernelSpec> | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"))
  } catch {
    return undefined
  }
}

/**
 * The running Node by a path that outlives an upgrade: version managers and Homebrew keep a link on the PATH,
 * while the folder that it leads to has the version in its name and goes away.
 */
export function stableNode(execPath = process.execPath, path = process.env.PATH ?? ""): string {
  const name = process.platform === "win32" ? "node.exe" : "node"
  const candidates = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
  const running = realpathSync(execPath)
  return candidates.find((file) => existsSync(file) && realpathSync(file) === running) ?? execPath
}
