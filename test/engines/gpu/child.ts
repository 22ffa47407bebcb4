import { execFile } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { build, type Plugin } from "esbuild"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** Debian's chromium ships a Vulkan driver that needs no graphics card. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"

/**
 * The environment in which WebGPU has an adapter: the system's own driver where the reader set one, else Debian's software
 * driver. Undefined where neither is there. It must be set before a process starts: the loader reads it only then.
 */
export function webgpuEnvironment(): NodeJS.ProcessEnv | undefined {
  if (process.env.VK_ICD_FILENAMES) return process.env
  return existsSync(driver) ? { ...process.env, VK_ICD_FILENAMES: driver } : undefined
}

/** What a source file finds beside itself (package.json, a schema), it finds from the bundle too. */
const ownPlaces: Plugin = {
  name: "own places",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const place = JSON.stringify(pathToFileURL(path).href)
      return { contents: readFileSync(path, "utf8").replaceAll("import.meta.url", place), loader: "ts" }
    })
  },
}

/** Runs TypeScript in a process of its own, until it exits by itself, and parses what it printed as JSON. */
export async function runChild(
  source: string,
  env: NodeJS.ProcessEnv = process.env,
  flags: string[] = [],
): Promise<unknown> {
  // Inside node_modules: packages resolve from there, and nothing of it is ever committed.
  const cache = join(root, "node_modules", ".cache")
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, "prelab-gpu-"))
  try {
    const outfile = join(folder, "child.mjs")
    const stdin = {
      contents: source,
      resolveDir: dirname(fileURLToPath(import.meta.url)),
      loader: "ts" as const,
    }
    await build({
      stdin,
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "silent",
      plugins: [ownPlaces],
    })
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, outfile], {
      env,
      maxBuffer: 2 ** 24,
    })
    return JSON.parse(stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
