import { PrelabError } from "../error.js"
import { count, type Layer, type Message, type Shape } from "../net/index.js"
import { defineLayer } from "./layer-type.js"
import { listOf, numberOf, section } from "./param.js"
import { UnsupportedLayer } from "./problems.js"

interface DummyDataParams {
  readonly shapes: readonly Shape[]
  /** A number, or the name of a filler that draws its own. */
  readonly values: readonly (number | string)[]
}

/** One for all tops, or one each. */
function perTop<T>(given: readonly T[], { tops }: Layer, what: string): T[] {
  if (given.length !== 1 && given.length !== tops.length)
    throw new PrelabError(`one ${what} for all tops or each`, `${given.length} for ${tops.length} tops`)
  return tops.map((_, i) => given[given.length === 1 ? 0 : i]!)
}

/** The older fields: four lists of extents instead of shapes. */
function legacyShapes(param: Message, layer: Layer): Shape[] {
  const extents = ["num", "channels", "height", "width"].map((field) =>
    perTop(listOf(param, field), layer, field),
  )
  return layer.tops.map((_, top) => extents.map((axis) => axis[top]!))
}

function constantOf(filler: Message): number | string {
  const type = String(filler.type ?? "constant")
  return type === "constant" ? Math.fround(numberOf(filler, "value", 0)) : type
}

/**
 * DummyData with constant fillers: tops of stated shapes, each filled with one number, 0 unless stated:
 * dummy_data_layer.cpp.
 */
export const dummyData = defineLayer<DummyDataParams>({
  type: "DummyData",

  parse(message, layer) {
    const param = section(message, "dummy_data_param")
    const fillers = (param.data_filler as readonly Message[] | undefined) ?? []
    const shapes = ((param.shape as readonly Message[] | undefined) ?? []).map((shape) =>
      listOf(shape, "dim"),
    )
    const legacy = listOf(param, "num").length > 0
    if (legacy && shapes.length > 0) throw new PrelabError("shape and num together", shapes.length)
    return {
      shapes: legacy ? legacyShapes(param, layer) : perTop(shapes, layer, "shape"),
      values: perTop(fillers.length === 0 ? [0] : fillers.map(constantOf), layer, "data_filler"),
    }
  },

  shape: ({ params }) => params.shapes.map((shape) => [...shape]),

  refusalAt({ layer, params: { values } }) {
    const filler = values.find((value) => typeof value === "string")
    if (filler === undefined) return undefined
    return new UnsupportedLayer("data filler not supported", `${filler} in layer ${layer.name}`, {
      hint: "only constant data are the same every time",
    })
  },

  forward: ({ params, tops }) =>
    tops.map((top, i) => new Float32Array(count(top)).fill(Number(params.values[i]))),
  bound: ({ tops }) => tops.map((top) => new Float64Array(count(top))),

  onnx: ({ params, tops }, onnx) => tops.map((top, i) => onnx.filled(Number(params.values[i]), top)),
  gpu: ({ params, tops }) =>
    tops.map((top, i) => ({
      output: [count(top)],
      args: { value: { data: Float32Array.of(Number(params.values[i])) } },
      body: "return value[0];",
      top: i,
    })),
})
