import { stripVTControlCharacters } from "node:util"
import { PrelabError } from "../error.js"
import { joinParameters, parametersFrom, runNotebook } from "../lab/index.js"
import { namedPositionals, textFlag } from "./arguments.js"
import type { Command } from "./command.js"
import { progressLine } from "./progress-line.js"

export const run: Command = {
  options: {
    output: { type: "string", short: "o" },
    parameter: { type: "string", multiple: true },
    server: { type: "string" },
    token: { type: "string" },
  },

  normalize: joinParameters,

  async run(args) {
    const [notebook] = namedPositionals(args.positionals, ["NOTEBOOK"])
    const [url, token] = [textFlag(args, "server"), textFlag(args, "token")]
    if (url === undefined && token !== undefined) throw new PrelabError("token without a server", "--token")
    const parameters = parametersFrom((args.flags.parameter as readonly string[] | undefined) ?? [])
    const output = textFlag(args, "output")
    const progress = progressLine("cell")
    const stop = new AbortController()
    process.once("SIGINT", () => stop.abort())
    const report = await runNotebook(notebook!, {
      parameters,
      ...(output === undefined ? {} : { output }),
      ...(url === undefined ? {} : { server: { url, token: token ?? "" } }),
      onCell: progress.update,
      signal: stop.signal,
    }).finally(progress.done)
    const { failure, cells } = report
    if (!failure) return { text: `${cells} cells run, written to ${report.output}\n`, json: report }
    const trace = failure.traceback.map((line) => `  ${stripVTControlCharacters(line)}\n`).join("")
    const { cell, ename, evalue } = failure
    process.stderr.write(`prelab: cell ${cell} failed: ${ename}: ${evalue.split("\n")[0]} (${notebook})\n`)
    return { text: `${trace}stopped in cell ${cell}, written to ${report.output}\n`, json: report, status: 1 }
  },
}
