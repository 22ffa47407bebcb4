import { createRequire } from "node:module"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { PrelabError } from "../../error.js"

/** What prelab uses of onnxruntime, typed; the packages are optional, so their own types may not be there. */
export interface OnnxRuntimeApi {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<OnnxSession>
  }
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OnnxTensorData
  readonly env: {
    logLevel?: string
    readonly versions: { readonly node?: string; readonly web?: string }
    readonly wasm: { numThreads?: number }
  }
}

export interface OnnxSession {
  run(feeds: Readonly<Record<string, OnnxTensorData>>): Promise<Readonly<Record<string, OnnxTensorData>>>
  release(): Promise<void>
}

export interface OnnxTensorData {
  readonly data: unknown
}

/** An onnxruntime that can be used here. */
export interface OnnxRuntime {
  readonly api: OnnxRuntimeApi
  /** Its native library, or WebAssembly. */
  readonly backend: "cpu" | "wasm"
  /** Package, version and threads, for people. */
  readonly detail: string
  readonly threads: number
}

/** In the order in which they are tried, the fastest first. */
export const packages = [
  { name: "onnxruntime-node", backend: "cpu" },
  { name: "onnxruntime-web", backend: "wasm" },
] as const

export type ImportPackage = (name: string) => Promise<unknown>

/**
 * Of prelab's own packages, else of those of the folder that the program runs in: a reader may install them
 * there.
 */
export const importPackage: ImportPackage = async (name) => {
  try {
    return await import(name)
  } catch (error) {
    const here = createRequire(join(process.cwd(), "prelab.js"))
    let path: string
    try {
      path = here.resolve(name)
    } catch {
      throw error // not there either: the first error says what is missing
    }
    return import(pathToFileURL(path).href)
  }
}

let loaded: Promise<OnnxRuntime> | undefined

/**
 * onnxruntime-node where it loads, else onnxruntime-web.
 *
 * @throws PrelabError with the line that installs one, where neither does
 */
export function loadRuntime(): Promise<OnnxRuntime> {
  loaded ??= findRuntime().catch((error: unknown) => {
    // The reader may install one and try again.
    loaded = undefined
    throw error
  })
  return loaded
}

export async function findRuntime(load: ImportPackage = importPackage): Promise<OnnxRuntime> {
  const reasons: unknown[] = []
  for (const { name, backend } of packages) {
    try {
      return runtimeOf(await load(name), name, backend)
    } catch (error) {
      reasons.push(error)
    }
  }
  throw new PrelabError("onnxruntime is not installed", packages.map(({ name }) => name).join(", "), {
    hint: `npm install ${packages[0].name}`,
    cause: new AggregateError(reasons),
  })
}

/** A package that was imported, made ready. */
export function runtimeOf(module: unknown, name: string, backend: "cpu" | "wasm"): OnnxRuntime {
  const api = moduleOf(module)
  const { env } = api
  const threads = availableParallelism()
  // Its warnings are about models that people wrote by hand.
  env.logLevel = "error"
  if (backend === "wasm") env.wasm.numThreads = threads
  const version = backend === "cpu" ? env.versions.node : env.versions.web
  const count = threads === 1 ? "1 thread" : `${threads} threads`
  return { api, backend, threads, detail: `${name} ${version}, ${count}` }
}

/** CommonJS through `import` has its exports under `default`. */
function moduleOf(module: unknown): OnnxRuntimeApi {
  const { default: inner, ...outer } = module as { default?: unknown }
  return ("InferenceSession" in outer ? outer : inner) as OnnxRuntimeApi
}
