import { join } from "node:path"
import { loadNet } from "../caffe/index.js"
import { type Backend, checkBackend, type EngineChoice, forward as runForward } from "../engines/index.js"
import { PrelabError } from "../error.js"
import { Names } from "../formats/names.js"
import { readNpy, writeNpy } from "../formats/npy.js"
import { readSource } from "../formats/source.js"
import { writeFileAtomic } from "../formats/write-file.js"
import { type Blob, formatShape } from "../net/index.js"
import {
  type Arguments,
  choiceFlag,
  engineOptions,
  loadOptions,
  namedPositionals,
  netOptions,
  pairOf,
  textFlag,
} from "./arguments.js"
import type { Command } from "./command.js"
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

/** The blobs of `--input BLOB=FILE.npy`, given once each or one after the other. */
export async function inputFlags(
  args: Arguments,
  more: readonly string[] = [],
): Promise<Record<string, Blob>> {
  const pairs = [...((args.flags.input as readonly string[] | undefined) ?? []), ...more].map(pairOf)
  const blobs: Record<string, Blob> = {}
  for (const [name, file] of pairs) {
    const bytes = await readSource(file)
    try {
      blobs[name] = readNpy(bytes)
    } catch (error) {
      throw error instanceof PrelabError && error.place.file === undefined ? error.at({ file }) : error
    }
  }
  return blobs
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
    const extra = args.positionals.filter((text, i) => i > 0 && text.includes("="))
    const [prototxt, weights] = namedPositionals(
      args.positionals.filter((text) => !extra.includes(text)),
      ["NET", "[WEIGHTS]"],
    )
    const out = textFlag(args, "out")
    if (out === undefined) throw new PrelabError("argument missing", "--out DIR")
    const net = await loadNet(prototxt!, weights, loadOptions(args))
    const inputs = await inputFlags(args, extra)
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

/** Layer and blob names may hold slashes; file names may not. `Names` keeps apart those alike without them. */
export function safe(name: string): string {
  return name.replaceAll("/", "_")
}
