import { readFileSync } from "node:fs"
import protobuf from "protobufjs"

let root: protobuf.Root | undefined

/** A message type of proto/onnx.proto by its name, fields under ONNX's own snake_case names. */
export function onnxMessageType(name: string): protobuf.Type {
  if (root === undefined) {
    const source = readFileSync(new URL("../../../proto/onnx.proto", import.meta.url), "utf8")
    root = protobuf.parse(source, new protobuf.Root(), { keepCase: true }).root
    root.resolveAll()
  }
  return root.lookupType(`onnx.${name}`)
}
