import { PrelabError } from "../error.js"
import { canonicalAxis, count, formatShape, type Shape } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { aroundAxis } from "./channels.js"
import { carry, threadPerElement } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { numberOf, section } from "./param.js"

function axisOf({ params, bottoms }: Pick<Call<{ axis: number }>, "params" | "bottoms">): number {
  const axis = canonicalAxis(params.axis, bottoms[0]!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  return axis
}

/** Copies the bottoms' slabs one after the other along the axis. */
function join<F extends Float32Array | Float64Array>(
  call: Call<{ axis: number }>,
  parts: readonly F[],
  joined: F,
): F {
  const axis = axisOf(call)
  const outer = count(call.tops[0]!, 0, axis)
  let at = 0
  for (let o = 0; o < outer; o++) {
    checkStopNowAndThen(count(call.tops[0]!, axis))
    parts.forEach((part, b) => {
      const size = count(call.bottoms[b]!, axis)
      joined.set(part.subarray(o * size, (o + 1) * size) as F, at)
      at += size
    })
  }
  return joined
}

/** The other way: the slabs of every bottom out of the joined blob. */
function part(call: Call<{ axis: number }>, joined: Float32Array): Float32Array[] {
  const axis = axisOf(call)
  const outer = count(call.tops[0]!, 0, axis)
  const parts = call.bottoms.map((bottom) => new Float32Array(count(bottom)))
  let at = 0
  for (let o = 0; o < outer; o++) {
    checkStopNowAndThen(count(call.tops[0]!, axis))
    parts.forEach((to, b) => {
      const size = count(call.bottoms[b]!, axis)
      to.set(joined.subarray(at, at + size), o * size)
      at += size
    })
  }
  return parts
}

/** Concat along `axis` (or the older `concat_dim`): concat_layer.cpp. */
export const concat = defineLayer<{ axis: number }>({
  type: "Concat",

  parse(message) {
    const param = section(message, "concat_param")
    return { axis: numberOf(param, "axis", numberOf(param, "concat_dim", 1)) }
  },

  shape(call) {
    const axis = axisOf(call)
    const first = call.bottoms[0]!
    for (const bottom of call.bottoms) {
      if (bottom.length !== first.length || bottom.some((n, i) => i !== axis && n !== first[i])) {
        throw new PrelabError("shape mismatch", `${formatShape(first)} and ${formatShape(bottom)}`)
      }
    }
    const top: Shape = first.map((n, i) =>
      i === axis ? call.bottoms.reduce((sum, b) => sum + b[axis]!, 0) : n,
    )
    return [[...top]]
  },

  onnx: (call, onnx, bottoms) => [onnx.add("Concat", bottoms, { axis: axisOf(call) })],
  gpu(call) {
    const axis = axisOf(call)
    const extents = call.bottoms.map((bottom) => bottom[axis]!)
    const extent = (from: number, to: number) => extents.slice(from, to).reduce((sum, n) => sum + n, 0)
    return carry(call.bottoms.length, (parts) => {
      const joined = call.tops[0]!.map((n, i) => (i === axis ? extent(0, parts.at(-1)!.to) : n))
      const around = aroundAxis(joined, axis)
      const { inner } = around
      const { output, channel } = threadPerElement(around)
      const [position, image] = inner > 1 ? ["x + ", "z"] : ["", "y"]
      const branches = parts.map(({ from, to }, i) => {
        const at = `${position}(${channel} - ${extent(0, from)}) * ${inner} + ${image} * ${extent(from, to) * inner}`
        const take = `{ value = a${i}[${at}]; }`
        return i === parts.length - 1 ? take : `if (${channel} < ${extent(0, to)}) ${take}`
      })
      return {
        output,
        args: Object.fromEntries(parts.map(({ argument }, i) => [`a${i}`, argument])),
        body: `
          let value = 0;
          ${branches.join(" else ")}
          return value;`,
      }
    })
  },

  forward: (call, bottoms) => [join(call, bottoms, new Float32Array(count(call.tops[0]!)))],
  backward: (call, { topDiffs: [diff] }) => ({ bottomDiffs: part(call, diff!) }),

  bound: (call, _bottoms, _tops, errors) => [join(call, errors, new Float64Array(count(call.tops[0]!)))],
})
