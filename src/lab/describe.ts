import { spawnSync } from "node:child_process"
import { stripVTControlCharacters } from "node:util"
import { PrelabError } from "../error.js"
import { findJupyter } from "./jupyter.js"

export type Found = { version: string } | { error: string }

/** Front-end parts that figures and widgets need: the Python package that brings each, and JupyterLab's name for it. */
const packages = {
  anywidget: "anywidget",
  jupyterlab_widgets: "@jupyter-widgets/jupyterlab-manager",
  plotly: "jupyterlab-plotly",
}

/** What `prelab doctor` says about JupyterLab and the extensions that draw figures and widgets. */
export function describeJupyter(): { lab: Found; extensions: Record<string, Found> } {
  let jupyter: ReturnType<typeof findJupyter>
  try {
    jupyter = findJupyter()
  } catch (error) {
    if (!(error instanceof PrelabError)) throw error
    const missing = { error: "no JupyterLab" }
    return {
      lab: { error: error.message },
      extensions: Object.fromEntries(Object.keys(packages).map((name) => [name, missing])),
    }
  }
  // The list, on standard error, begins "JupyterLab v4.6.6" and goes on "name v1.2.3 enabled OK"; the names of extensions
  // differ a little from those of their packages.
  const args = [...(jupyter.args.includes("-m") ? ["-m", "jupyter"] : []), "labextension", "list"]
  const env = { ...process.env, ...jupyter.env }
  const { stdout, stderr } = spawnSync(jupyter.program, args, { encoding: "utf8", env })
  const list = stripVTControlCharacters(`${stdout}\n${stderr}`)
  const lab = /^JupyterLab v(\S+)/m.exec(list)?.[1]
  const extensions = Object.fromEntries(
    Object.entries(packages).map(([name, extension]): [string, Found] => {
      const [, version, state] = new RegExp(`${extension} v(\\S+) (\\S+)`).exec(list) ?? []
      if (version === undefined) return [name, { error: "not found" }]
      return [name, state === "disabled" ? { error: `${version} is disabled` } : { version }]
    }),
  )
  return { lab: lab ? { version: lab } : { error: "does not start" }, extensions }
}
