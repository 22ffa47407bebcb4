import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { PrelabError } from "../error.js"
import { installKernel } from "../kernel/install.js"
import { version } from "../version.js"

/** A JupyterLab that can be started: program and first arguments, and what its environment needs. */
export interface Jupyter {
  program: string
  args: string[]
  env: Record<string, string>
}

const packageRoot = fileURLToPath(new URL("../..", import.meta.url))

/**
 * The JupyterLab of this checkout's own .venv, which leaves nothing outside the checkout; without one, the JupyterLab
 * on the PATH with its user's settings.
 * @throws PrelabError where there is neither
 */
export function findJupyter(): Jupyter {
  return privateJupyter(packageRoot) ?? jupyterOnPath()
}

/** The Python of this checkout's own .venv, where it has one. */
export function privatePython(root: string): string | undefined {
  const [folder, suffix] = process.platform === "win32" ? ["Scripts", ".exe"] : ["bin", ""]
  const python = join(root, ".venv", folder!, `python${suffix}`)
  return existsSync(python) ? python : undefined
}

function privateJupyter(root: string): Jupyter | undefined {
  const python = privatePython(root)
  if (python === undefined) return undefined
  const own = join(root, ".cache", "jupyter")
  return {
    program: python,
    args: [
      ...["-m", "jupyterlab"],
      // Nothing is fetched from outside: neither lists of extensions nor news (setup/environment.mjs).
      "--LabApp.extension_manager=readonly",
      // jupyter-lsp looks for language servers by running npm; the kernel is ours.
      "--LanguageServerManager.autodetect=False",
      "--KernelSpecManager.ensure_native_kernel=False",
      "--MultiKernelManager.default_kernel_name=prelab",
    ],
    env: {
      JUPYTER_CONFIG_DIR: join(own, "config"),
      JUPYTER_DATA_DIR: join(own, "data"),
      JUPYTER_RUNTIME_DIR: join(own, "runtime"),
      JUPYTERLAB_SETTINGS_DIR: join(own, "settings"),
      JUPYTERLAB_WORKSPACES_DIR: join(own, "workspaces"),
    },
  }
}

/** Somebody's own JupyterLab also gets the kernel, for this one start: nothing needs to be installed there. */
function jupyterOnPath(): Jupyter {
  const { status, stdout } = spawnSync("jupyter", ["lab", "--version"], { encoding: "utf8" })
  if (status !== 0)
    throw new PrelabError("JupyterLab not found", undefined, {
      hint: "install it (pip install jupyterlab jupyterlab-widgets anywidget plotly), or run npm start in a checkout",
    })
  const [major] = stdout.trim().split(".")
  if (Number(major) < 4) throw new PrelabError("JupyterLab older than 4", stdout.trim())
  const prefix = mkdtempSync(join(tmpdir(), "prelab-lab-"))
  process.on("exit", () => rmSync(prefix, { recursive: true, force: true }))
  installKernel({ scope: { prefix }, version })
  const path = [join(prefix, "share", "jupyter"), process.env.JUPYTER_PATH].filter(Boolean).join(delimiter)
  return { program: "jupyter", args: ["lab"], env: { JUPYTER_PATH: path } }
}
