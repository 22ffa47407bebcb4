import { spawnSync } from "node:child_process"
import { PrelabError } from "../error.js"
import { findJupyter } from "./jupyter.js"

export type Found = { version: string } | { error: string }

/** Front-end parts that figures and widgets need, by the Python package that brings them. */
const packages = ["anywidget", "jupyterlab_widgets", "plotly"] as const

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
      extensions: Object.fromEntries(packages.map((name) => [name, missing])),
    }
  }
  const output = (args: string[]) =>
    spawnSync(jupyter.program, args, { encoding: "utf8", env: { ...process.env, ...jupyter.env } }).stdout ??
    ""
  const lab = output([
    ...jupyter.args.slice(0, jupyter.args.indexOf("jupyterlab") + 1 || 1),
    "--version",
  ]).trim()
  // Extensions are listed as "name v1.2.3 enabled OK"; their names differ a little from the packages'.
  const list = `${output([...(jupyter.args.includes("-m") ? ["-m", "jupyter"] : []), "labextension", "list"])}`
  const names = {
    anywidget: "anywidget",
    jupyterlab_widgets: "@jupyter-widgets/jupyterlab-manager",
    plotly: "jupyterlab-plotly",
  }
  const extensions = Object.fromEntries(
    packages.map((name): [string, Found] => {
      const found = new RegExp(`${names[name]} v(\\S+)`).exec(list)?.[1]
      return [name, found ? { version: found } : { error: `not found: pip install ${name}` }]
    }),
  )
  return { lab: lab ? { version: lab } : { error: "does not start" }, extensions }
}
