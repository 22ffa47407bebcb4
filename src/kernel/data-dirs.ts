import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { posix, win32 } from "node:path"

/** A process's surroundings as far as Jupyter's folders depend on them. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  platform: string
  /** `sys.prefix` of the Python whose Jupyter is meant, where somebody has asked it. */
  prefix?: string | undefined
}

const here: Surroundings = { env: process.env, platform: process.platform }

/** Where Jupyter keeps a user's kernels and data (as `paths.py` of jupyter_core finds it). */
export function jupyterDataDir(at: Surroundings = here): string {
  const { env, platform } = at
  const { join } = pathsOf(platform)
  const home = homeOf(at)
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR
  if (isOn(env.JUPYTER_PLATFORM_DIRS)) return platformDataDir(at)
  if (platform === "darwin") return join(home, "Library", "Jupyter")
  if (platform === "win32")
    return env.APPDATA
      ? join(env.APPDATA, "jupyter")
      : join(env.JUPYTER_CONFIG_DIR || join(home, ".jupyter"), "data")
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter")
}

/** Jupyter's folder below an installation prefix. */
export function prefixDataDir(prefix: string, { platform } = here): string {
  return pathsOf(platform).join(prefix, "share", "jupyter")
}

/**
 * The folders that Jupyter searches for kernels, in its order: those that were asked for, the user's, the Python
 * environment's (before the user's in a virtual or conda environment), the system's.
 */
export function kernelSearchPath(at: Surroundings = here): string[] {
  const { env, platform } = at
  const { join, delimiter } = pathsOf(platform)
  const listed = (env.JUPYTER_PATH ?? "").split(delimiter).filter(Boolean).map(withoutEnd)
  const environments = environmentsOf(at)
  const own = environments.map((prefix) => prefixDataDir(prefix, at))
  const user = [jupyterDataDir(at), ...(environments.some(isVirtual) ? [] : [userBaseDir(at)])]
  const between = prefersEnvironment(at) ? [...own, ...user] : [...user, ...own]
  const all = [...listed, ...between, ...systemDirs(at)]
  return [...new Set(all)].map((folder) => join(folder, "kernels"))
}

/** Where this kernel keeps the cells of earlier sessions. */
export function historyFile(at: Surroundings = here): string {
  return pathsOf(at.platform).join(jupyterDataDir(at), "prelab", "history.jsonl")
}

/** The prefixes of Python environments that are active, or that were asked. */
function environmentsOf({ env, prefix }: Surroundings): string[] {
  return [prefix, env.VIRTUAL_ENV, env.CONDA_PREFIX].flatMap((folder) => (folder ? [folder] : []))
}

/** Jupyter prefers what is installed in a virtual environment, or in a conda one other than the first, to the user's. */
function prefersEnvironment(at: Surroundings): boolean {
  const { env } = at
  if (env.JUPYTER_PREFER_ENV_PATH !== undefined) return isOn(env.JUPYTER_PREFER_ENV_PATH)
  const isConda = Boolean(env.CONDA_PREFIX) && (env.CONDA_DEFAULT_ENV ?? "base") !== "base"
  return Boolean(env.VIRTUAL_ENV) || isConda || environmentsOf(at).some(isVirtual)
}

function isVirtual(prefix: string): boolean {
  return existsSync(posix.join(prefix, "pyvenv.cfg"))
}

/** Where `pip install --user` puts kernels. */
function userBaseDir(at: Surroundings): string {
  const { env, platform } = at
  const { join } = pathsOf(platform)
  const usual =
    platform === "win32"
      ? join(env.APPDATA || join(homeOf(at), "AppData", "Roaming"), "Python")
      : join(homeOf(at), ".local")
  return prefixDataDir(env.PYTHONUSERBASE || usual, at)
}

function systemDirs(at: Surroundings): string[] {
  const { env, platform } = at
  const { join, delimiter } = pathsOf(platform)
  if (platform === "win32") {
    // Every user may write there, so Jupyter reads it only on demand.
    if (!isOn(env.JUPYTER_USE_PROGRAMDATA) || !env.PROGRAMDATA) return []
    return [join(env.PROGRAMDATA, isOn(env.JUPYTER_PLATFORM_DIRS) ? "Jupyter" : "jupyter")]
  }
  if (!isOn(env.JUPYTER_PLATFORM_DIRS)) return ["/usr/local/share/jupyter", "/usr/share/jupyter"]
  const { app, site } = platformNames(platform)
  const listed = (env.XDG_DATA_DIRS ?? "").split(delimiter).filter(Boolean)
  return (listed.length > 0 ? listed : site).map((folder) => join(folder, app))
}

/** The user's folder as the Python package platformdirs has it: what JUPYTER_PLATFORM_DIRS asks for. */
function platformDataDir(at: Surroundings): string {
  const { env, platform } = at
  const { join } = pathsOf(platform)
  const { app } = platformNames(platform)
  const home = homeOf(at)
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), app)
  const usual =
    platform === "darwin" ? join(home, "Library", "Application Support") : join(home, ".local", "share")
  return join(env.XDG_DATA_HOME || usual, app)
}

function platformNames(platform: string): { app: string; site: string[] } {
  return platform === "darwin"
    ? { app: "Jupyter", site: ["/Library/Application Support"] }
    : { app: platform === "win32" ? "Jupyter" : "jupyter", site: ["/usr/local/share", "/usr/share"] }
}

function homeOf({ env, platform }: Surroundings): string {
  const [first, second] = platform === "win32" ? [env.USERPROFILE, env.HOME] : [env.HOME, env.USERPROFILE]
  return first || second || homedir()
}

/** Paths are those of the system that is described, which in tests is not the running one. */
function pathsOf(platform: string) {
  return platform === "win32" ? win32 : posix
}

/** What Jupyter takes for a yes: anything that is no well-known no, the empty word included. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !["no", "n", "false", "off", "0", "0.0"].includes(value.toLowerCase())
}

function withoutEnd(folder: string): string {
  return folder.length > 1 ? folder.replace(/[\\/]+$/, "") : folder
}
