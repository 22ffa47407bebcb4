// The private Python environment in .venv: JupyterLab and its extensions, nothing of the reader's own Python.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { attempt, command, SetupError } from "./command.mjs"
import { binary, inRoot } from "./paths.mjs"
import { step } from "./progress.mjs"
import { fingerprint, isStamped, writeStamp } from "./stamp.mjs"

export const environment = inRoot(".venv")
const requirements = inRoot("src", "setup", "requirements.txt")

/** The oldest Python that the pinned JupyterLab extensions run on. */
const oldest = [3, 10]

/** Defaults for JupyterLab; a reader can change them in its settings. */
const labSettings = {
  // It neither asks for nor fetches anything from outside.
  "@jupyterlab/apputils-extension:notification": { checkForUpdates: false, fetchNews: "false" },
  // Figures and widgets keep their zoom and selection when they are scrolled out of sight.
  "@jupyterlab/notebook-extension:tracker": { windowingMode: "none" },
}

/** Makes .venv unless it already is what requirements.txt says. Throws with status 2 where there is no Python. */
export function ensureEnvironment() {
  return ensurePython({
    folder: environment,
    requirements,
    title: "installing JupyterLab",
    proof: "jupyterlab",
    more: JSON.stringify(labSettings),
    finish() {
      // JupyterLab runs a CommonJS file of its own, which must not take our package's type.
      writeFileSync(join(environment, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`)
      const overrides = join(environment, "share", "jupyter", "lab", "settings", "overrides.json")
      mkdirSync(dirname(overrides), { recursive: true })
      writeFileSync(overrides, `${JSON.stringify(labSettings, undefined, 2)}\n`)
    },
  })
}

/**
 * Makes a Python environment unless it already is what its requirements say.
 * @param {{ folder: string, requirements: string, title: string, proof: string, more?: string, finish?: () => void }} wanted
 *   `proof` is a module that only works where the environment does; `more` is what else it depends on
 */
export async function ensurePython({ folder, requirements, title, proof, more = "", finish }) {
  const stamp = join(folder, ".made-from")
  const made = fingerprint([requirements], [folder, more])
  // An environment dies with the Python it was made from, and when its folder is moved.
  const works = async () => (await attempt(binary(folder, "python"), ["-c", `import ${proof}`])).status === 0
  if (isStamped(stamp, made) && (await works())) return
  const python = await findPython()
  await step(title, async () => {
    rmSync(folder, { recursive: true, force: true })
    await command(python, ["-m", "venv", folder])
    await command(binary(folder, "python"), [
      ...["-m", "pip", "install", "--no-deps", "--no-compile", "--disable-pip-version-check", "--quiet"],
      ...["--requirement", requirements],
    ])
    finish?.()
  })
  writeStamp(stamp, made)
}

async function findPython() {
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${oldest.join(", ")}))`
  const candidates =
    process.platform === "win32" ? ["py", "python"] : ["python3", "/usr/bin/python3", "python"]
  for (const python of candidates) {
    const { status } = await attempt(python, ["-c", check])
    if (status === 0) return python
  }
  throw new SetupError(
    `prelab: no Python ${oldest.join(".")} or later with venv; ${howToGetPython()}, then run this again`,
    { status: 2 },
  )
}

function howToGetPython() {
  if (process.platform === "darwin") return "install it (brew install python)"
  if (process.platform === "win32") return "install it from python.org"
  return isDebian() ? "install it (sudo apt install python3-venv)" : "install python3 and its venv module"
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"))
  } catch {
    return false // no such file: another system
  }
}
