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
  const output = (args: string[]) => {
    const env = { ...process.env, ...jupyter.env }
    const { stdout, stderr } = spawnSync(jupyter.program, args, { encoding: "utf8", env })
    return { stdout: stdout ?? "", stderr: stderr ?? "" }
  }
  const lab = output([
    ...jupyter.args.slice(0, jupyter.args.indexOf("jupyterlab") + 1 || 1),
    "--version",
  ]).stdout.trim()
  // Extensions are listed as "name v1.2.3 enabled OK", on standard error; their names differ a little from the packages'.
  const { stdout, stderr } = output([
    ...(jupyter.args.includes("-m") ? ["-m", "jupyter"] : []),
    ...["labextension", "list"],
  ])
  const list = stripVTControlCharacters(`${stdout}\n${stderr}`)
  const extensions = Object.fromEntries(
    Object.entries(packages).map(([name, extension]): [string, Found] => {
      const [, version, state] = new RegExp(`${extension} v(\\S+) (\\S+)`).exec(list) ?? []
      if (version === undefined) return [name, { error: "not found" }]
      return [name, state === "disabled" ? { error: `${version} is disabled` } : { version }]
    }),
  )
  return { lab: lab ? { version: lab } : { error: "does not start" }, extensions }
}
