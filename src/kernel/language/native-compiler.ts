import { accessSync, constants } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { NativeApiConstructor } from "./native-api.js"

/** An installed TypeScript 7: a program for this platform, and the JavaScript that talks to it. */
export interface NativeCompiler {
  readonly version: string
  readonly executable: string
  readonly Api: NativeApiConstructor
}

/** The kernel's own TypeScript 7, an optional dependency, or else the one installed beside the notebook. */
export function findNativeCompiler(resolveFrom: string | URL, folder: string): NativeCompiler | undefined {
  return compilerAt(resolveFrom, "typescript7") ?? compilerAt(join(folder, "notebook.js"), "typescript")
}

function compilerAt(from: string | URL, name: string): NativeCompiler | undefined {
  try {
    const manifest = createRequire(from).resolve(`${name}/package.json`)
    // Seen from inside node_modules, Node 20 does not warn of a require that loads an ES module.
    const inside = createRequire(manifest)
    const { version } = inside(manifest) as { version: string }
    if (!version.startsWith("7.")) return undefined
    const executable = platformExecutable(inside)
    const { API } = inside("typescript/unstable/sync") as { API: NativeApiConstructor }
    return { version, executable, Api: API }
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? "")) return undefined
    throw error
  }
}

/** Not installed, not for this platform, without its API, or in a place nothing may be run from. */
const absent = new Set(["MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED", "ENOENT", "EACCES"])

/**
 * Checked here because TypeScript's API leaves the error of a program that cannot be started to nobody, which ends
 * the whole thread.
 */
function platformExecutable(inside: NodeJS.Require): string {
  const manifest = inside.resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`)
  const executable = join(dirname(manifest), "lib", process.platform === "win32" ? "tsc.exe" : "tsc")
  accessSync(executable, constants.X_OK)
  return executable
}
