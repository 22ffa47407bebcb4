// The kernel, registered in .venv alone.
import { join } from "node:path"
import { command } from "./command.mjs"
import { environment } from "./environment.mjs"
import { inRoot } from "./paths.mjs"
import { step } from "./progress.mjs"
import { fingerprint, isStamped, writeStamp } from "./stamp.mjs"

const stamp = join(environment, ".kernel-from")

/** Writes .venv/share/jupyter/kernels/prelab unless this build and this Node wrote it already. */
export async function ensureKernelspec() {
  const made = fingerprint([inRoot("dist", "cli.js"), inRoot("dist", ".built-from")], [process.execPath])
  if (isStamped(stamp, made)) return
  await step("registering the kernel", () =>
    command(process.execPath, [inRoot("dist", "cli.js"), "install", "--prefix", environment, "--force"]),
  )
  writeStamp(stamp, made)
}
