import { existsSync, realpathSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * The running Node by a path that outlives an upgrade: version managers and Homebrew keep a link, while the folder
 * that it leads to has the version in its name and goes away.
 */
export function stableNode(execPath = process.execPath, env: NodeJS.ProcessEnv = process.env): string {
  const [name, ...below] = process.platform === "win32" ? ["node.exe"] : ["node", "bin"]
  const linked = [
    env.NVM_DIR && join(env.NVM_DIR, "current"),
    env.FNM_DIR && join(env.FNM_DIR, "aliases", "default"),
    env.HOMEBREW_PREFIX && join(env.HOMEBREW_PREFIX, "opt", "node"),
  ]
  const folders = [
    ...(env.PATH ?? "").split(delimiter),
    ...linked.flatMap((folder) => (folder ? [join(folder, ...below)] : [])),
  ]
  return mostLasting(
    execPath,
    folders.filter(Boolean).map((folder) => join(folder, name!)),
  )
}

/** This installation's command, by the link that started it where the package's own folder has a version in its name. */
export function stableScript(
  script = fileURLToPath(new URL("../cli.js", import.meta.url)),
  started = process.argv[1],
): string {
  if (!existsSync(script)) return script
  const lasting = mostLasting(script, started === undefined ? [] : [started])
  return fragility(lasting) < fragility(script) ? lasting : script
}

/** Why a path will not lead anywhere some day; undefined where nothing speaks for that. */
export function whyFleeting(path: string): string | undefined {
  return signs.find(({ sign }) => sign.test(path))?.why
}

/** What a path gives away about its end, the surest first. */
const signs = [
  { sign: /[\\/]_npx[\\/]/, why: "npx clears this folder" },
  { sign: /[\\/]fnm_multishells[\\/]/, why: "fnm removes this link with its shell" },
  { sign: /[\\/@v]\d+\.\d+\.\d+/, why: "an upgrade removes this version" },
]

/** Of the paths that lead to the same file the one that will do so longest; among equals the first, `file` last. */
function mostLasting(file: string, others: string[]): string {
  const target = realpathSync(file)
  const same = others.filter((other) => existsSync(other) && realpathSync(other) === target)
  return [...same, file].sort((a, b) => fragility(a) - fragility(b))[0]!
}

function fragility(path: string): number {
  const found = signs.findIndex(({ sign }) => sign.test(path))
  return found < 0 ? 0 : signs.length - found
}
