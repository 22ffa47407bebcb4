import { spawnSync } from "node:child_process"
import { homedir } from "node:os"
import { delimiter, join } from "node:path"
import { PrelabError } from "../error.js"

/** A process's surroundings as far as Jupyter's folders depend on them. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  platform: string
}

const here: Surroundings = { env: process.env, platform: process.platform }

/** Where Jupyter keeps a user's kernels and data (as `paths.py` of jupyter_core finds it). */
export function jupyterDataDir({ env, platform } = here): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR
  const home = env.HOME || env.USERPROFILE || homedir()
  if (platform === "darwin") return join(home, "Library", "Jupyter")
  if (platform === "win32") return env.APPDATA ? join(env.APPDATA, "jupyter") : join(home, ".jupyter", "data")
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter")
}

/** Jupyter's folder below an installation prefix. */
export function prefixDataDir(prefix: string): string {
  return join(prefix, "share", "jupyter")
}

/** The prefix of the Python on the PATH: the virtual or conda environment that is active. */
export function pythonPrefix(): string {
  for (const python of ["python3", "python"]) {
    const { status, stdout } = spawnSync(python, ["-c", "import sys; print(sys.prefix)"], {
      encoding: "utf8",
    })
    if (status === 0 && stdout.trim()) return stdout.trim()
  }
  throw new PrelabError("no Python on the PATH", "--sys-prefix", { hint: "use --user or --prefix DIR" })
}

/** The folders that Jupyter searches for kernels, in its order, without those of Pythons it cannot know. */
export function kernelSearchPath({ env, platform } = here): string[] {
  const listed = (env.JUPYTER_PATH ?? "").split(delimiter).filter(Boolean)
  const own = [env.VIRTUAL_ENV, env.CONDA_PREFIX].flatMap((prefix) => (prefix ? prefixDataDir(prefix) : []))
  const system =
    platform === "win32"
      ? [join(env.PROGRAMDATA || "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"]
  const all = [...listed, jupyterDataDir({ env, platform }), ...own, ...system]
  return [...new Set(all)].map((folder) => join(folder, "kernels"))
}

/** Where this kernel keeps the cells of earlier sessions. */
export function historyFile(surroundings = here): string {
  return join(jupyterDataDir(surroundings), "prelab", "history.jsonl")
}
