import { execFile } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** Debian's chromium ships a Vulkan driver that needs no graphics card. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"

/**
 * The environment in which WebGPU has an adapter: the system's own driver where the reader set one, else
 * Debian's software driver. Undefined where neither is there. It must be set before a process starts: the
 * loader reads it only then.
 */
export function webgpuEnvironment(): NodeJS.ProcessEnv | undefined {
  if (process.env.VK_ICD_FILENAMES) return process.env
  return existsSync(driver) ? { ...process.env, VK_ICD_FILENAMES: driver } : undefined
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
    // src/version.ts reads the package.json above the file that it ends up in.
    copyFileSync(join(root, "package.json"), join(folder, "package.json"))
    const outfile = join(folder, "bundle", "child.mjs")
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
