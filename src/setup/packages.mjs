// node_modules as package-lock.json wants it.
import { readFileSync } from "node:fs"
import { command } from "./command.mjs"
import { inRoot } from "./paths.mjs"
import { step } from "./progress.mjs"

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} LockedPackages */

/** Runs `npm ci` unless node_modules already holds exactly the locked packages. */
export async function ensurePackages() {
  if (matches(locked("package-lock.json"), locked("node_modules/.package-lock.json"))) return
  await step("installing packages", () => npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/**
 * npm leaves a lock file of its own in node_modules, last of all: comparing the two also recognises what
 * `npm install` put there, and an installation that was broken off.
 * @param {LockedPackages | undefined} wanted
 * @param {LockedPackages | undefined} installed
 */
export function matches(wanted, installed) {
  if (wanted === undefined || installed === undefined) return false
  const nothingElse = Object.entries(installed).every(
    ([place, { version, integrity }]) =>
      wanted[place]?.version === version && wanted[place]?.integrity === integrity,
  )
  // Optional packages are for other systems: npm leaves them out here.
  const nothingMissing = Object.entries(wanted).every(
    ([place, { optional }]) => place === "" || optional || place in installed,
  )
  return nothingElse && nothingMissing
}

/**
 * @param {string} file
 * @returns {LockedPackages | undefined}
 */
function locked(file) {
  try {
    return JSON.parse(readFileSync(inRoot(file), "utf8")).packages
  } catch {
    return undefined // absent or broken off: npm ci puts it right, or says what is wrong
  }
}

/** @param {string[]} args */
function npm(args) {
  // onnxruntime-node brings its CPU library along; its script would fetch CUDA's from elsewhere. npm 11 heeds
  // allowScripts in package.json, older ones only this.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" }
  const cli = process.env.npm_execpath // the npm that runs us, wherever it is
  if (cli?.endsWith(".js")) return command(process.execPath, [cli, ...args], { env })
  return command("npm", args, { shell: process.platform === "win32", env })
}
