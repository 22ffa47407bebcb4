import { join } from "node:path"
import { loadNet } from "../caffe/index.js"
import { backward as runBackward } from "../engines/index.js"
import { PrelabError } from "../error.js"
import { writeNpy } from "../formats/npy.js"
import { writeFileAtomic } from "../formats/write-file.js"
import { formatShape } from "../net/index.js"
import { choiceFlag, loadOptions, namedPositionals, netOptions, textFlag } from "./arguments.js"
import type { Command } from "./command.js"
import { inputFlags, safe } from "./forward.js"
import { table } from "./table.js"

export const backward: Command = {
  options: {
    ...netOptions,
    input: { type: "string", multiple: true },
    out: { type: "string" },
    seed: { type: "string" },
  },

  async run(args) {
    const extra = args.positionals.filter((text, i) => i > 0 && text.includes("="))
    const [prototxt, weights] = namedPositionals(
      args.positionals.filter((text) => !extra.includes(text)),
      ["NET", "[WEIGHTS]"],
    )
    const out = textFlag(args, "out")
    if (out === undefined) throw new PrelabError("argument missing", "--out DIR")
    const seed = textFlag(args, "seed") ?? "1"
    if (!/^\d+$/.test(seed)) throw new PrelabError("seed must be a whole number", seed)
    const phase = choiceFlag(args, "phase", ["TEST", "TRAIN"]) ?? "TRAIN"
    const net = await loadNet(prototxt!, weights, { ...loadOptions(args), phase })
    const result = await runBackward(net, await inputFlags(args, extra), { seed: Number(seed) })
    const gradients = result.gradients.map((gradient) => ({
      ...gradient,
      file: `${safe(gradient.layer)}_${gradient.index}.npy`,
    }))
    const inputs = Object.entries(result.inputDiffs).map(([blob, diff]) => ({
      blob,
      ...diff,
      file: `${safe(blob)}.diff.npy`,
    }))
    for (const { file, shape, data } of [...gradients, ...inputs])
      await writeFileAtomic(join(out, file), writeNpy({ shape, data }))
    const plain = <T extends { data: Float32Array }>({ data: _data, ...rest }: T) => rest
    const rows = [
      ...gradients.map(({ layer, index, shape, computed, file }) => [
        `${layer} ${index}${computed ? "" : " (zeros: nothing is propagated to it)"}`,
        formatShape(shape),
        join(out, file),
      ]),
      ...inputs.map(({ blob, shape, file }) => [blob, formatShape(shape), join(out, file)]),
    ]
    return {
      text: `loss ${result.loss}\n\n${table(["gradient of", "shape", "file"], rows)}`,
      json: {
        loss: result.loss,
        losses: result.losses,
        gradients: gradients.map(plain),
        inputs: inputs.map(plain),
      },
    }
  },
}
