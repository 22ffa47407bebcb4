import { firstLine } from "../../error.js"
import { type ImportPackage, importPackage, packages, runtimeOf } from "./runtime.js"

/** One build of onnxruntime on this machine: what it is, or why it is not there. */
export type FoundRuntime = { backend: string; detail: string } | { backend: string; error: string }

/** What `prelab doctor` says about onnxruntime. */
export async function describeRuntimes(load: ImportPackage = importPackage): Promise<FoundRuntime[]> {
  return Promise.all(
    packages.map(async ({ name, backend }): Promise<FoundRuntime> => {
      try {
        return { backend, detail: runtimeOf(await load(name), name, backend).detail }
      } catch (error) {
        const isMissing = (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND"
        return { backend, error: isMissing ? `${name} is not installed` : `${name}: ${firstLine(error)}` }
      }
    }),
  )
}
