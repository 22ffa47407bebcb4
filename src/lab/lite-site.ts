import { spawn, spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { PrelabError } from "../error.js"
import { privatePython } from "./jupyter.js"

export interface LiteSiteOptions {
  /** Where the site goes: a new or empty folder, or an earlier site. */
  out: string
  /** Notebooks and data that the site shows; the current folder by default. */
  folder?: string | undefined
}

const packageRoot = fileURLToPath(new URL("../..", import.meta.url))

/** The kernel for browsers: `src/setup/build-lite.mjs` makes it. */
const extension = join(packageRoot, "dist", "lite")

/** Every site has it, and little else does. */
const siteFile = "jupyter-lite.json"

/** Widgets keep what was done with them when they are scrolled out of sight. */
const overrides = { "@jupyterlab/notebook-extension:tracker": { windowingMode: "none" } }

/**
 * Builds a JupyterLite site: static files in which notebooks run in the reader's browser, with no server. The widgets'
 * and plotly's extensions come from the Python environment that has jupyterlite-core.
 * @returns the site's folder
 * @throws PrelabError where there is no jupyterlite-core, where `out` holds something else, or the build fails
 */
export async function liteSite({ out, folder = "." }: LiteSiteOptions): Promise<string> {
  const [site, contents] = [resolve(out), resolve(folder)]
  if (!existsSync(contents)) throw new PrelabError("folder not found", contents)
  if (!existsSync(join(extension, "package.json")))
    throw new PrelabError("not built", extension, { hint: "npm run build" })
  if (existsSync(site) && readdirSync(site).length > 0 && !existsSync(join(site, siteFile)))
    throw new PrelabError("folder is not empty", site, { hint: "a site goes into a folder of its own" })
  const lite = findJupyterLite()
  const workshop = mkdtempSync(join(tmpdir(), "prelab-lite-"))
  try {
    writeSettings(workshop, site, contents)
    await build(lite, workshop)
  } finally {
    rmSync(workshop, { recursive: true, force: true })
  }
  return site
}

function writeSettings(workshop: string, site: string, contents: string): void {
  const write = (name: string, value: object) => writeFileSync(join(workshop, name), JSON.stringify(value))
  write("jupyter_lite_config.json", {
    LiteBuildConfig: {
      ...{ contents: [contents], output_dir: site, federated_extensions: [extension], no_sourcemaps: true },
      extra_ignore_contents: ["/node_modules/", "/\\.venv/", ...ownFolder(site, contents)],
    },
  })
  write("overrides.json", overrides)
  // What the reader wants of JupyterLite otherwise, such as its name or where packages come from.
  const own = join(contents, siteFile)
  if (existsSync(own)) copyFileSync(own, join(workshop, siteFile))
  else write(siteFile, { "jupyter-lite-schema-version": 0, "jupyter-config-data": { appName: "prelab" } })
}

/** A site among the notebooks is not one of them. */
function ownFolder(site: string, contents: string): string[] {
  const inside = relative(contents, site).replaceAll("\\", "/")
  return inside === "" || inside.startsWith("..") ? [] : [`/${inside.replace(/[.*+?^${}()|[\]]/g, "\\$&")}/`]
}

/** The program and its first arguments. */
function findJupyterLite(): string[] {
  const python = privatePython(packageRoot)
  const own = python && [python, "-m", "jupyterlite_core"]
  for (const [program, ...args] of [own, ["jupyter", "lite"]].filter((each) => each !== undefined))
    if (spawnSync(program!, [...args, "--version"]).status === 0) return [program!, ...args]
  throw new PrelabError("JupyterLite not found", undefined, {
    hint: "pip install jupyterlite-core[contents] jupyterlab-widgets anywidget plotly",
  })
}

async function build([program, ...args]: string[], workshop: string): Promise<void> {
  const child = spawn(program!, [...args, "build"], { cwd: workshop, stdio: ["ignore", "pipe", "pipe"] })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text))
  const status = await new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(new PrelabError("JupyterLite does not start", program, { cause })))
    child.once("close", resolve)
  })
  if (status !== 0)
    throw new PrelabError("JupyterLite does not build", said.trim().split("\n").slice(-5).join("; "))
}
