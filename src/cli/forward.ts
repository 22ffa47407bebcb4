import { join } from "node:path"
import { loadNet } from "../caffe/index.js"
import { type Backend, checkBackend, type EngineChoice, forward as runForward } from "../engines/index.js"
import { Names } from "../formats/names.js"
import { writeNpy } from "../formats/npy.js"
import { writeFileAtomic } from "../formats/write-file.js"
import { type Blob, formatShape } from "../net/index.js"
import { type Arguments, choiceFlag, engineOptions, loadOptions, netOptions } from "./arguments.js"
import type { Command } from "./command.js"
import { passArguments, safe } from "./pass-arguments.js"
import { table } from "./table.js"

const engines: readonly EngineChoice[] = ["reference", "gpu", "onnx", "auto"]
const backends: readonly Backend[] = ["webgpu", "webgl2", "headlessgl", "webasm", "cpu"]

/** `--engine` and `--backend`; a backend alone means gpu. */
export function engineFlags(args: Arguments): { engine?: EngineChoice; backend?: Backend } {
  const engine = choiceFlag(args, "engine", engines)
  const backend = choiceFlag(args, "backend", backends)
  checkBackend(engine ?? "gpu", backend)
  return { ...(engine ? { engine } : backend ? { engine: "gpu" } : {}), ...(backend ? { backend } : {}) }
}

export const forward: Command = {
  options: {
    ...netOptions,
    ...engineOptions,
    input: { type: "string", multiple: true },
    out: { type: "string" },
    all: { type: "boolean" },
  },

  async run(args) {
    const { prototxt, weights, out, readInputs } = passArguments(args)
    const net = await loadNet(prototxt, weights, loadOptions(args))
    const inputs = await readInputs()
    const result = await runForward(net, inputs, { ...engineFlags(args), all: args.flags.all === true })
    const names = new Names<Blob>()
    const outputs = Object.entries(result.outputs).map(([name, blob]) => ({
      blob: name,
      ...blob,
      file: `${names.give(blob, safe(name))}.npy`,
    }))
    const tops = result.tops.map(({ index, layer, top, blob }) => ({
      blob: top,
      layer,
      index,
      ...blob,
      file: `${String(index).padStart(3, "0")}_${safe(layer)}_${safe(top)}.npy`,
    }))
    for (const { file, shape, data } of [...outputs, ...tops])
      await writeFileAtomic(join(out, file), writeNpy({ shape, data }))
    const plain = <T extends { data: Float32Array }>({ data: _data, ...rest }: T) => rest
    const rows = outputs.map(({ blob, shape, file }) => [blob, formatShape(shape), join(out, file)])
    const complaints = result.problems.map(({ message }) => message)
    return {
      ...(complaints.length > 0 ? { complaints, status: 1 } : {}),
      text: `${result.engine} engine on ${result.backend}${result.detail ? ` (${result.detail})` : ""}\n${result.why ? `${result.why}\n` : ""}\n${table(["blob", "shape", "file"], rows)}`,
      json: {
        engine: result.engine,
        backend: result.backend,
        ...(result.detail ? { detail: result.detail } : {}),
        ...(result.why ? { why: result.why } : {}),
        outputs: outputs.map(plain),
        ...(tops.length > 0 ? { tops: tops.map(plain) } : {}),
        ...(complaints.length > 0 ? { problems: complaints } : {}),
      },
    }
  },
}
