import { PrelabError } from "../error.js"
import type { Message } from "../net/index.js"

/** A sub-message such as `convolution_param`; empty when absent, so that Caffe's defaults apply. */
export function section(message: Message, field: string): Message {
  return (message[field] as Message | undefined) ?? {}
}

export function numberOf(message: Message, field: string, otherwise: number): number {
  const value = message[field]
  return value === undefined ? otherwise : Number(value)
}

export function booleanOf(message: Message, field: string, otherwise: boolean): boolean {
  const value = message[field]
  return value === undefined ? otherwise : Boolean(value)
}

/** An enum field by its name in caffe.proto. */
export function enumOf<Name extends string>(
  message: Message,
  field: string,
  names: readonly Name[],
  otherwise: Name,
): Name {
  const value = message[field]
  if (value === undefined) return otherwise
  const name = names.find((candidate) => candidate === value)
  if (name === undefined) throw new PrelabError(`unknown ${field}`, String(value))
  return name
}

export function listOf(message: Message, field: string): readonly number[] {
  const value = message[field]
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(Number)
}
