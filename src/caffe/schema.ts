import { readFileSync } from "node:fs"
import protobuf from "protobufjs"

let root: protobuf.Root | undefined

function load(): protobuf.Root {
  const source = readFileSync(new URL("../../proto/caffe.proto", import.meta.url), "utf8")
  const parsed = protobuf.parse(source, { keepCase: true }).root
  parsed.resolveAll()
  return parsed
}

/** A message type of proto/caffe.proto by its name, fields under Caffe's own snake_case names. */
export function messageType(name: string): protobuf.Type {
  root ??= load()
  return root.lookupType(`caffe.${name}`)
}
