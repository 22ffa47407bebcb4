import { notInBrowser } from "./not-in-a-browser.js"

// A page starts no other programs.

export const spawn = notInBrowser("spawn")
export const spawnSync = notInBrowser("spawnSync")
export const exec = notInBrowser("exec")
export const execSync = notInBrowser("execSync")
export const execFile = notInBrowser("execFile")
export const execFileSync = notInBrowser("execFileSync")
export const fork = notInBrowser("fork")

export default { spawn, spawnSync, exec, execSync, execFile, execFileSync, fork }
