// npm start: sets everything up, then opens JupyterLab on notebooks/. Options go to `prelab lab`.
import { spawn } from "node:child_process"
import { setUp } from "./all.mjs"
import { inRoot } from "./paths.mjs"
import { orExit } from "./program.mjs"

await orExit(setUp)
const lab = spawn(process.execPath, [inRoot("dist", "cli.js"), "lab", ...process.argv.slice(2)], {
  cwd: inRoot("notebooks"),
  stdio: "inherit",
})
// We outlive `prelab lab`, which stops JupyterLab first, and hand on its status.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(signal, () => lab.kill(signal))
lab.on("exit", (code) => process.exit(code ?? 1))
