import { PrelabError } from "../error.js"
import { count, type Layer, type Message } from "../net/index.js"
import { defineLayer } from "./layer-type.js"
import { section } from "./param.js"
import { UnsupportedLayer } from "./problems.js"
import { ETA, U } from "./rounding.js"

/** What a Python layer names: any code at all. */
interface PythonParams {
  readonly module: string
  readonly layer: string
  readonly paramStr: string
}

function paramsOf(message: Message): PythonParams {
  const { module = "", layer = "", param_str = "" } = section(message, "python_param")
  return { module: String(module), layer: String(layer), paramStr: String(param_str) }
}

/** A value of a flat dictionary as Python or JSON write it: `{'phase': 'TEST', 'p': '0.1'}`. */
function entryOf(dictionary: string, key: string): string | undefined {
  return new RegExp(`["']${key}["']\\s*:\\s*["']?([^"',}\\s]+)`).exec(dictionary)?.[1]
}

/**
 * ENet's SpatialDropoutLayer (python/spatial_dropout.py): in its phase TEST it still multiplies by 1 / (1 -
 * p), so it is not the identity. NumPy rounds the factor to the data's float32. Undefined where it would draw
 * random numbers.
 */
function spatialDropoutFactor({ paramStr }: PythonParams): number | undefined {
  const p = Number(entryOf(paramStr, "p"))
  if (!(p > 0 && p < 1)) throw new PrelabError("p must lie between 0 and 1", paramStr || "no param_str")
  return entryOf(paramStr, "phase") === "TRAIN" ? undefined : Math.fround(1 / (1 - p))
}

function isSpatialDropout({ module, layer }: PythonParams): boolean {
  return module === "spatial_dropout" && layer === "SpatialDropoutLayer"
}

function refusalOf({ name, message }: Layer): UnsupportedLayer | undefined {
  const params = paramsOf(message)
  if (!isSpatialDropout(params)) {
    const { module, layer } = params
    return new UnsupportedLayer("unsupported Python layer", `${module}.${layer} in layer ${name}`)
  }
  if (spatialDropoutFactor(params) !== undefined) return undefined
  return new UnsupportedLayer("SpatialDropoutLayer drops at random", `${params.paramStr} in layer ${name}`, {
    hint: "set its phase to TEST",
  })
}

/** Python: the known layers that nets in the wild have, by module and class. No Python is run. */
export const python = defineLayer<PythonParams>({
  type: "Python",
  parse: paramsOf,
  refusal: refusalOf,

  shape({ bottoms }) {
    if (bottoms.length !== 1) throw new PrelabError("SpatialDropoutLayer has one bottom", bottoms.length)
    return [[...bottoms[0]!]]
  },

  forward({ params }, [x]) {
    const factor = spatialDropoutFactor(params)!
    return [x!.map((v) => v * factor)]
  },

  backward({ params }, { topDiffs: [diff] }) {
    const factor = spatialDropoutFactor(params)!
    return { bottomDiffs: [diff!.map((d) => d * factor)] }
  },

  bound({ params }, [x], _tops, [e]) {
    const factor = spatialDropoutFactor(params)!
    // The factor itself is a rounded quotient.
    return [e!.map((error, i) => factor * (error + 3 * U * (Math.abs(x![i]!) + error)) + ETA)]
  },

  onnx: ({ params }, onnx, [x]) => [
    onnx.add("Mul", [x, onnx.floats("factor", spatialDropoutFactor(params)!)]),
  ],

  gpu: ({ params, tops }) => [
    {
      output: [count(tops[0]!)],
      args: { bottom: { bottom: 0 } },
      body: `return bottom[x] * ${spatialDropoutFactor(params)};`,
      top: 0,
    },
  ],

  macs: ({ tops }) => count(tops[0]!),
})
