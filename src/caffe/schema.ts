import { readFileSync } from "node:fs"
import protobuf from "protobufjs"

let root: protobuf.Root | undefined
let withForks = false

function load(file: string, into: protobuf.Root): protobuf.Root {
  const source = readFileSync(new URL(`../../proto/${file}`, import.meta.url), "utf8")
  protobuf.parse(source, into, { keepCase: true })
  into.resolveAll()
  return into
}

/** A message type of proto/caffe.proto by its name, fields under Caffe's own snake_case names. */
export function messageType(name: string): protobuf.Type {
  root ??= load("caffe.proto", new protobuf.Root())
  return root.lookupType(`caffe.${name}`)
}

/** A message type of proto/forks.proto, which is read when the first layer of a fork is. */
export function forkMessageType(name: string): protobuf.Type {
  root ??= load("caffe.proto", new protobuf.Root())
  if (!withForks) load("forks.proto", root)
  withForks = true
  return root.lookupType(`forks.${name}`)
}
