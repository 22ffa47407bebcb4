// Jupyter's own test of kernels, with the kernel installed where nothing else is.
import { join } from "node:path"
import { attempt, command } from "../../src/setup/command.mjs"
import { environment } from "../../src/setup/environment.mjs"
import { binary, inRoot } from "../../src/setup/paths.mjs"

/**
 * @param {string} temporary a folder that may be filled
 * @param {string} [node] the Node that the kernel runs on
 * @returns {Promise<{ passed: number, failed: number, output: string }>}
 */
export async function jupyterKernelTest(temporary, node = process.execPath) {
  const prefix = join(temporary, "prefix")
  await command(node, [inRoot("dist", "cli.js"), "install", "--prefix", prefix])
  const { status, output } = await attempt(
    binary(environment, "python"),
    ["-m", "unittest", "-v", "test_kernel"],
    {
      cwd: inRoot("test", "kernel"),
      env: {
        ...process.env,
        JUPYTER_DATA_DIR: join(prefix, "share", "jupyter"),
        JUPYTER_RUNTIME_DIR: join(temporary, "runtime"),
        JUPYTER_CONFIG_DIR: join(temporary, "config"),
        PYTHONDONTWRITEBYTECODE: "1",
      },
    },
  )
  const total = Number(/^Ran (\d+) test/m.exec(output)?.[1] ?? 0)
  const summary = output.slice(output.lastIndexOf("Ran "))
  const count = (/** @type {string} */ kind) => Number(new RegExp(`${kind}=(\\d+)`).exec(summary)?.[1] ?? 0)
  const failed = Math.max(count("failures") + count("errors") + count("skipped"), status === 0 ? 0 : 1)
  return { passed: Math.max(total - failed, 0), failed, output }
}
