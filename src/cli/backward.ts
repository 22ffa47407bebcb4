import { join } from "node:path"
import { loadNet } from "../caffe/index.js"
import { backward as runBackward } from "../engines/index.js"
import { PrelabError } from "../error.js"
import { Names } from "../formats/names.js"
import { writeNpy } from "../formats/npy.js"
import { writeFileAtomic } from "../formats/write-file.js"
import { type Blob, formatShape } from "../net/index.js"
import { choiceFlag, loadOptions, netOptions, textFlag } from "./arguments.js"
import type { Command } from "./command.js"
import { passArguments, safe } from "./pass-arguments.js"
import { table } from "./table.js"

export const backward: Command = {
  options: {
    ...netOptions,
    input: { type: "string", multiple: true },
    out: { type: "string" },
    seed: { type: "string" },
  },

  async run(args) {
    const { prototxt, weights, out, readInputs } = passArguments(args)
    const seed = textFlag(args, "seed") ?? "1"
    if (!/^\d+$/.test(seed)) throw new PrelabError("seed must be a whole number", seed)
    const phase = choiceFlag(args, "phase", ["TEST", "TRAIN"]) ?? "TRAIN"
    const net = await loadNet(prototxt, weights, { ...loadOptions(args), phase })
    const result = await runBackward(net, await readInputs(), { seed: Number(seed) })
    const names = new Names<Blob>()
    const gradients = result.gradients.map((gradient) => ({
      ...gradient,
      file: `${names.give(gradient, `${safe(gradient.layer)}_${gradient.index}`)}.npy`,
    }))
    const inputs = Object.entries(result.inputDiffs).map(([blob, diff]) => ({
      blob,
      ...diff,
      file: `${names.give(diff, `${safe(blob)}.diff`)}.npy`,
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
