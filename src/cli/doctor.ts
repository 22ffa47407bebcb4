import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { describeBackends } from "../engines/gpu/describe.js"
import { describeInstallation } from "../kernel/install.js"
import { chooseTransport } from "../kernel/transport/choose-transport.js"
import { describeJupyter } from "../lab/describe.js"
import { version } from "../version.js"
import type { Command } from "./command.js"
import { table } from "./table.js"

const require = createRequire(import.meta.url)

/** onnxruntime is the reader's to install; prelab only looks for it. */
function onnxruntime(): { version: string } | { error: string } {
  for (const name of ["onnxruntime-node", "onnxruntime-web"]) {
    try {
      const [path] = (require.resolve.paths(name) ?? [])
        .map((folder) => join(folder, name, "package.json"))
        .filter(existsSync)
      if (path) return { version: `${name} ${require(path).version}` }
    } catch (error) {
      return { error: (error as Error).message }
    }
  }
  return { error: "not installed" }
}

/** What carries the messages of a kernel that is started from here. */
function transport(): { name: string; detail: string; why: string } | { error: string } {
  try {
    const { transport, why } = chooseTransport()
    return { name: transport.name, detail: transport.detail, why }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

export const doctor: Command = {
  async run() {
    const kernel = describeInstallation()
    const report = {
      version,
      ...kernel,
      transport: transport(),
      gpu: await describeBackends(),
      onnxruntime: onnxruntime(),
      jupyter: describeJupyter(),
    }
    const state = (found: object) =>
      "error" in found ? `no: ${found.error}` : Object.values(found).join(", ")
    const rows: string[][] = [
      ["node", `${kernel.node.version}, ${kernel.node.path}`],
      ["zeromq", state(kernel.zeromq)],
      ["transport", state(report.transport)],
      ["TypeScript in cells", state(kernel.typescript)],
      ...report.gpu.map(({ backend, ...found }) => [
        `gpu.js ${backend}`,
        "error" in found ? `no: ${found.error}` : found.detail,
      ]),
      ["onnxruntime", state(report.onnxruntime)],
      ["JupyterLab", state(report.jupyter.lab)],
      ...Object.entries(report.jupyter.extensions).map(([name, found]) => [name, state(found)]),
      ...kernel.specs.map(({ name, folder, problems }) => [
        `kernelspec ${name}`,
        problems.length > 0 ? `${folder}: ${problems.join("; ")}` : folder,
      ]),
      ...(kernel.specs.length > 0 ? [] : [["kernelspec", "no: run prelab install"]]),
    ]
    return { text: `prelab ${version}\n\n${table(["what", "found"], rows)}`, json: report }
  },
}
