import { describeBackends, type FoundBackend } from "../engines/gpu/describe.js"
import { describeRuntimes, type FoundRuntime } from "../engines/onnx/describe.js"
import {
  describeInstallation,
  type FoundSpec,
  type InstallationReport,
} from "../kernel/describe-installation.js"
import { chooseTransport } from "../kernel/transport/choose-transport.js"
import { describeJupyter } from "../lab/describe.js"
import { version } from "../version.js"
import type { Command } from "./command.js"
import { table } from "./table.js"

interface Row {
  what: string
  found: string
  /** What mends it; undefined where nothing is to be done. */
  next?: string | undefined
  /** The kernel cannot work without it. */
  fatal?: boolean
}

type FoundTransport = { name: string; detail: string; why: string } | { error: string }

interface Report extends InstallationReport {
  transport: FoundTransport
  gpu: FoundBackend[]
  onnxruntime: FoundRuntime[]
  jupyter: ReturnType<typeof describeJupyter>
}

/** What carries the messages of a kernel that is started from here. */
function transport(): FoundTransport {
  try {
    const { transport, why } = chooseTransport()
    return { name: transport.name, detail: transport.detail, why }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** One part: what it is, or why it is not there and what to do about that. */
function part(what: string, found: object, more: { next?: string; fatal?: boolean } = {}): Row {
  if (!("error" in found)) return { what, found: Object.values(found).join(", ") }
  return { what, found: `no: ${found.error}`, ...more }
}

function rowsOf(report: Report): Row[] {
  const { jupyter, python } = report
  const reinstall = "install prelab again: npm install --global prelab"
  return [
    part("node", report.node, { next: "install Node 20.19 or newer", fatal: true }),
    part("transport", report.transport, { next: reinstall, fatal: true }),
    part("zeromq (optional)", report.zeromq),
    part("TypeScript in cells", report.typescript, { next: reinstall, fatal: true }),
    part("TypeScript 7 (optional)", report.typescript7),
    ...report.gpu.map(({ backend, ...found }) => part(`gpu.js ${backend}`, found)),
    ...report.onnxruntime.map(({ backend, ...found }) => part(`onnxruntime ${backend} (optional)`, found)),
    part("Python (for JupyterLab)", python),
    part("JupyterLab", jupyter.lab, { next: "pip install jupyterlab jupyterlab-widgets anywidget plotly" }),
    ...Object.entries(jupyter.extensions).map(([name, found]) =>
      part(name, found, "error" in jupyter.lab ? {} : { next: `pip install ${name}` }),
    ),
    ...specRows(report.specs),
  ]
}

/** One spec that works is enough; which one a notebook means is its own affair. */
function specRows(specs: FoundSpec[]): Row[] {
  if (specs.length === 0)
    return [{ what: "kernelspec", found: "no: Jupyter does not know the kernel", next: "prelab install" }]
  const fatal = specs.every(({ problems }) => problems.length > 0)
  return specs.map(({ name, folder, version, problems, mend }) =>
    problems.length === 0
      ? { what: `kernelspec ${name}`, found: `${version ?? "of an older version"}, ${folder}` }
      : { what: `kernelspec ${name}`, found: `no: ${problems.join("; ")} (${folder})`, next: mend, fatal },
  )
}

export const doctor: Command = {
  async run() {
    const report: Report = {
      ...describeInstallation(),
      transport: transport(),
      gpu: await describeBackends(),
      onnxruntime: await describeRuntimes(),
      jupyter: describeJupyter(),
    }
    const rows = rowsOf(report)
    const works = !rows.some(({ fatal }) => fatal)
    const steps = rows.flatMap(({ what, found, next }) => (next ? [{ what, found, next }] : []))
    const verdict = works ? "The kernel can work." : "The kernel cannot work."
    const found = table(
      ["what", "found"],
      rows.map(({ what, found }) => [what, found]),
    )
    const todo = steps.map(({ what, next }) => `  ${what}: ${next}\n`).join("")
    return {
      text: `prelab ${version}\n\n${found}\n${verdict}${todo ? ` Next steps:\n${todo}` : "\n"}`,
      json: { version, works, steps, ...report },
      status: works ? 0 : 1,
    }
  },
}
