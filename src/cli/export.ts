import { loadNet } from "../caffe/index.js"
import { exportOnnx, OnnxRefusal } from "../formats/onnx/index.js"
import { loadOptions, namedPositionals, netOptions, shapeFlags } from "./arguments.js"
import type { Answer, Command } from "./command.js"

export const exportNet: Command = {
  options: { ...netOptions, shape: { type: "string", multiple: true } },

  async run(args): Promise<Answer> {
    const [prototxt, weights, out] = namedPositionals(args.positionals, ["NET", "WEIGHTS", "OUT.onnx"])
    const net = await loadNet(prototxt!, weights, loadOptions(args))
    try {
      const report = await exportOnnx(net, out!, { inputs: shapeFlags(args) })
      return { text: `${report}\n`, json: report }
    } catch (error) {
      if (!(error instanceof OnnxRefusal)) throw error
      const refused = error.reasons.map(({ message }) => message)
      return { text: "nothing written\n", json: { refused }, complaints: refused, status: 1 }
    }
  },
}
