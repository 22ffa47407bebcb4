import { PrelabError } from "../error.js"
import { type Blob, count, formatShape, type Net, type Value } from "../net/index.js"

/** Pairs the inputs' data with the net's input values. */
export function feed(net: Net, inputs: Readonly<Record<string, Blob>>): Map<Value, Float32Array> {
  return new Map(
    net.inputs.map((value) => {
      const blob = inputs[value.blob]
      if (blob === undefined) throw new PrelabError("input not given", value.blob)
      if (blob.data.length !== count(blob.shape)) {
        throw new PrelabError(
          "data does not fill its shape",
          `${blob.data.length} values for ${formatShape(blob.shape)}`,
        )
      }
      return [value, blob.data]
    }),
  )
}

/**
 * What an input was given, of the size that it has.
 *
 * @throws RangeError where it is not: who calls an engine has paired and sized them
 */
export function givenFor(inputs: ReadonlyMap<Value, Float32Array>, input: Value, size: number): Float32Array {
  const data = inputs.get(input)
  if (data === undefined) throw new RangeError(`no data for input ${input.blob}`)
  if (data.length !== size)
    throw new RangeError(`input ${input.blob} has ${data.length} values, needs ${size}`)
  return data
}
