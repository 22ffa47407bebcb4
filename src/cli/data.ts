import { join } from "node:path"
import { PrelabError } from "../error.js"
import { saveArray } from "../formats/arrays.js"
import { formatShape } from "../net/index.js"
import { loadMnist } from "../training/index.js"
import { namedPositionals, textFlag } from "./arguments.js"
import type { Command } from "./command.js"
import { table } from "./table.js"

export const data: Command = {
  options: { out: { type: "string" }, first: { type: "string" } },

  async run(args) {
    const [name] = namedPositionals(args.positionals, ["NAME"])
    if (name !== "mnist") throw new PrelabError("unknown data", name!, { hint: "known: mnist" })
    const first = textFlag(args, "first")
    if (first !== undefined && !/^[1-9]\d*$/.test(first))
      throw new PrelabError("first must be a whole number", first)
    const out = textFlag(args, "out") ?? "mnist"
    const { stderr } = process
    const mnist = await loadMnist({
      ...(first === undefined ? {} : { first: Number(first) }),
      progress: (what) => {
        if (stderr.isTTY) stderr.write(`${what} …\n`)
      },
    })
    const files = [
      { array: "images", blob: mnist.data, file: join(out, "train_images.npy") },
      { array: "labels", blob: mnist.labels, file: join(out, "train_labels.npy") },
      { array: "test images", blob: mnist.testData, file: join(out, "test_images.npy") },
      { array: "test labels", blob: mnist.testLabels, file: join(out, "test_labels.npy") },
    ]
    for (const { file, blob } of files) await saveArray(file, blob)
    return {
      text: table(
        ["array", "shape", "file"],
        files.map(({ array, blob, file }) => [array, formatShape(blob.shape), file]),
      ),
      json: { files: files.map(({ array, blob, file }) => ({ array, shape: blob.shape, file })) },
    }
  },
}
