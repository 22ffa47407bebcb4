// Who takes part: how each kernel is started, in which language it is spoken to, and how it shows ten megabytes.
// The peers that are no dependency of ours are installed on demand, below .cache.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { command } from "../../src/setup/command.mjs"
import { binary, inRoot } from "../../src/setup/paths.mjs"
import { step } from "../../src/setup/progress.mjs"
import { python, typescript } from "./kernel-cells.mjs"

/** @typedef {import("./kernel-client.mjs").Program} Program */

/**
 * @typedef {object} Contestant
 * @property {string} title
 * @property {boolean} isOurs
 * @property {import("./kernel-cells.mjs").Language} language
 * @property {boolean} checks whether its cells are type-checked, and a type error so has to be refused
 * @property {(size: number) => string} display a cell that shows so many characters of HTML
 * @property {() => Promise<Program>} install
 */

const require = createRequire(import.meta.url)
const denoVersion = "2.9.6"
const ipykernelVersion = "7.4.0"

/** Inside the repository, so that a cell finds the packages whose types it uses. */
const notebook = inRoot(".cache", "bench", "notebook")

/** @param {number} size */
const displayedHtml = (size) => `display({ "text/html": "x".repeat(${size}) }, { raw: true })`

/**
 * The command that kernel.json names, with what `install` writes.
 * @param {string} title
 * @param {Record<string, string>} env
 * @returns {Contestant}
 */
const prelab = (title, env) => ({
  title,
  isOurs: true,
  language: typescript,
  checks: true,
  display: displayedHtml,
  install: async () => ({
    argv: [process.execPath, inRoot("dist", "cli.js"), "kernel", "{connection_file}"],
    cwd: madeFolder(notebook),
    env,
  }),
})

/** @type {Record<string, Contestant>} */
export const contestants = {
  "prelab-7": prelab("prelab, TypeScript 7", { PRELAB_CHECKER: "typescript7" }),
  "prelab-6": prelab("prelab, TypeScript 6", { PRELAB_CHECKER: "typescript6" }),
  "prelab-tslab": prelab("prelab, tslab's compiler", { PRELAB_CELLS: "tslab" }),
  tslab: {
    title: `tslab ${require("tslab/package.json").version}`,
    isOurs: false,
    language: typescript,
    checks: true,
    display: (size) => `import * as tslab from "tslab"\ntslab.display.html("x".repeat(${size}))`,
    install: async () => ({
      argv: [
        process.execPath,
        require.resolve("tslab/bin/tslab"),
        "kernel",
        "--config-path",
        "{connection_file}",
      ],
      cwd: madeFolder(notebook),
    }),
  },
  deno: {
    title: `Deno ${denoVersion}`,
    isOurs: false,
    language: typescript,
    checks: false,
    display: (size) => `await Deno.jupyter.display({ "text/html": "x".repeat(${size}) }, { raw: true })`,
    install: async () => {
      const folder = inRoot(".cache", "bench", "deno")
      await once(folder, `deno ${denoVersion}`, (temporary) =>
        command("npm", [
          ...["install", "--prefix", temporary, "--no-audit", "--no-fund", "--loglevel=error"],
          `deno@${denoVersion}`,
        ]),
      )
      // The package's own command is a Node script around this file.
      const { optionalDependencies } = readJson(join(folder, "node_modules", "deno", "package.json"))
      const deno = Object.keys(optionalDependencies)
        .map((name) => join(folder, "node_modules", name, process.platform === "win32" ? "deno.exe" : "deno"))
        .find(existsSync)
      if (!deno) throw new Error("bench: no deno for this system")
      return { argv: [deno, "jupyter", "--kernel", "--conn", "{connection_file}"] }
    },
  },
  ipykernel: {
    title: `ipykernel ${ipykernelVersion}`,
    isOurs: false,
    language: python,
    checks: false,
    display: (size) => `from IPython.display import display\ndisplay({"text/html": "x" * ${size}}, raw=True)`,
    install: async () => {
      const folder = inRoot(".cache", "bench", "ipykernel")
      await once(folder, `ipykernel ${ipykernelVersion}`, async (venv) => {
        await command("python3", ["-m", "venv", venv])
        const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        await command(binary(venv, "python"), [...install, `ipykernel==${ipykernelVersion}`])
      })
      return { argv: [binary(folder, "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"] }
    },
  },
}

/**
 * Installs a peer unless it is there; one that could not be installed leaves nothing behind.
 * @param {string} folder
 * @param {string} name
 * @param {(folder: string) => Promise<unknown>} install
 */
async function once(folder, name, install) {
  if (existsSync(folder)) return
  await step(`installing ${name} for the bench`, async () => {
    try {
      await install(madeFolder(folder))
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  })
}

/** @param {string} folder */
function madeFolder(folder) {
  mkdirSync(folder, { recursive: true })
  return folder
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"))
}
