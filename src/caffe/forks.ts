import protobuf from "protobufjs"
import { forkMessageType } from "./schema.js"

/** Where the layers of a fork's type keep their parameters. */
export interface ForkSection {
  readonly type: string
  /** The LayerParameter field by its name in text. */
  readonly field: string
  readonly number: number
  /** Its message in proto/forks.proto. */
  readonly message: string
}

/**
 * Forks reuse each other's numbers, and Caffe's own: 147 is swish_param in Caffe and upsample_param in ENet's. So a number means
 * something in a layer of a type only. Of two rows with one type and field text may hold the fields of both.
 */
const sections: readonly ForkSection[] = [
  // SegNet, ENet
  { type: "BN", field: "bn_param", number: 45, message: "BNParameter" },
  { type: "Upsample", field: "upsample_param", number: 147, message: "UpsampleParameter" },
  // TSN, PSPNet
  { type: "BN", field: "bn_param", number: 137, message: "MovingBNParameter" },
  // DeepLab; ncnn's caffe.proto
  { type: "Interp", field: "interp_param", number: 143, message: "InterpParameter" },
  { type: "Interp", field: "interp_param", number: 205, message: "InterpParameter" },
  // ShuffleNet; ncnn's caffe.proto
  { type: "ShuffleChannel", field: "shuffle_channel_param", number: 164, message: "ShuffleChannelParameter" },
  { type: "ShuffleChannel", field: "shuffle_channel_param", number: 145, message: "ShuffleChannelParameter" },
  // SSD
  { type: "Permute", field: "permute_param", number: 202, message: "PermuteParameter" },
  { type: "PriorBox", field: "prior_box_param", number: 203, message: "PriorBoxParameter" },
  {
    type: "DetectionOutput",
    field: "detection_output_param",
    number: 204,
    message: "DetectionOutputParameter",
  },
  { type: "Normalize", field: "norm_param", number: 206, message: "NormalizeParameter" },
]

const fields: ReadonlySet<string> = new Set(sections.map(({ field }) => field))
const numbers: ReadonlySet<number> = new Set(sections.map(({ number }) => number))

/** Is this the name of some fork's section? The layer's type decides whether it is one there. */
export function isForkField(name: string): boolean {
  return fields.has(name)
}

/** The same of a number. */
export function isForkNumber(number: number): boolean {
  return numbers.has(number)
}

/** What a field number means in a layer of a fork's type. */
export function forkSection(type: string, number: number): ForkSection | undefined {
  return sections.find((section) => section.type === type && section.number === number)
}

/** The rows that a field of a layer may be in a file, the usual one first. */
export function forkSections(type: string, field: string): readonly ForkSection[] {
  return sections.filter((section) => section.type === type && section.field === field)
}

/** Is a field of a message there by its number, since no schema has a name for it? */
export function isUnnamed(name: string): boolean {
  return /^\d+$/.test(name)
}

const textTypes = new Map<string, protobuf.Type>()

/**
 * The message type of a fork's section in text, where a field's name says what a number does not: the fields of all variants.
 * Undefined where the layer's type has no such section.
 */
export function forkTextType(type: string, field: string): protobuf.Type | undefined {
  const key = `${type}.${field}`
  const known = textTypes.get(key)
  if (known) return known
  const variants = [...new Set(forkSections(type, field).map(({ message }) => message))].map(forkMessageType)
  const merged = variants.length > 1 ? merge(variants) : variants[0]
  if (merged) textTypes.set(key, merged)
  return merged
}

function merge(variants: readonly protobuf.Type[]): protobuf.Type {
  const merged = new protobuf.Type(variants[0]!.name)
  for (const { name, type, rule, resolvedType } of variants.flatMap(({ fieldsArray }) => fieldsArray)) {
    if (Object.hasOwn(merged.fields, name)) continue
    const number = merged.fieldsArray.length + 1
    merged.add(new protobuf.Field(name, number, resolvedType?.fullName ?? type, rule))
  }
  // Beside the variants, where the full names of their enums and fillers resolve.
  variants[0]!.root.define("forks.text").add(merged)
  return merged.resolveAll() as protobuf.Type
}
