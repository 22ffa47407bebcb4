import { findRuntime, importPackage, type OnnxRuntime, packages } from "../../../src/engines/onnx/runtime.js"

/** A package that is not installed, as `import` says it. */
export function notFound(name: string): never {
  throw Object.assign(new Error(`Cannot find package '${name}'`), { code: "ERR_MODULE_NOT_FOUND" })
}

/**
 * The builds of onnxruntime that this machine's packages hold. Both are optional, and not every system has a
 * native library.
 */
export async function runtimesHere(): Promise<OnnxRuntime[]> {
  const found: OnnxRuntime[] = []
  for (const { name: wanted } of packages) {
    const load = (name: string) => (name === wanted ? importPackage(name) : notFound(name))
    const runtime = await findRuntime(async (name) => load(name)).catch(() => undefined)
    if (runtime) found.push(runtime)
  }
  return found
}
