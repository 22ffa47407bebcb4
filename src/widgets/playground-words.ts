import { Curves } from "../inspect/index.js"
import { batchNormSteps, preluAt, preluSlopesAt } from "./playground-maths.js"
import type { PlaygroundState } from "./playground-state.js"

/** Four digits that matter. */
function short(x: number): string {
  return String(Number(x.toPrecision(4)))
}

/** The formula with the reader's numbers in it. */
export function describePRelu(slope: number, x: number): string {
  const at = `max(${short(x)}, 0) + ${short(slope)} min(${short(x)}, 0)`
  return `PReLU with slope ${short(slope)}: y = ${at} = ${short(preluAt(x, slope))}`
}

/** What the fold makes of the layers, and how far it is off. */
export function describeBatchNorm(state: PlaygroundState): string {
  const { used, alpha, weight, bias, samples } = batchNormSteps(state)
  const far = samples.reduce((most, { z, folded }) => Math.max(most, Math.abs(z - folded)), 0)
  const layer = `BatchNorm with mean ${short(used.mean)}, variance ${short(used.variance)}, eps ${short(state.eps)}`
  return `${layer}: alpha ${short(alpha)}, w' ${short(weight)}, b' ${short(bias)}; folded off by at most ${short(far)}`
}

/** Both lessons as tables: what stays of the playground where no script runs. */
export function playgroundTables(state: PlaygroundState): string {
  const { slope } = state
  const prelu = [-3, -2, -1, 0, 1, 2, 3].map((x) => {
    const { byX, bySlope } = preluSlopesAt(x, slope)
    return [x, preluAt(x, slope), byX, bySlope]
  })
  const norm = batchNormSteps(state).samples.map(({ u, x, centred, y, z, folded }) => [
    u,
    x,
    centred,
    y,
    z,
    folded,
  ])
  return [
    table(describePRelu(slope, state.x), ["x", "y", "dy/dx", "dy/da"], prelu),
    table(
      describeBatchNorm(state),
      ["input u", "x = w u + b", "x - mean", "BatchNorm y", "Scale z", "folded w' u + b'"],
      norm,
    ),
  ].join("\n")
}

/** The open lesson as a drawing: PReLU beside ReLU, or the samples on their way through the layers. */
export function playgroundCurves(state: PlaygroundState): Curves {
  if (state.lesson === "prelu") {
    const x = [-3, -2, -1, 0, 1, 2, 3]
    const over = (slope: number) => x.map((each) => preluAt(each, slope))
    return new Curves(describePRelu(state.slope, state.x), { x: "x", y: "y" }, [
      { name: `PReLU, slope ${short(state.slope)}`, x, y: over(state.slope) },
      { name: "ReLU, slope 0", x, y: over(0) },
    ])
  }
  const rows = ["u", "x = w u + b", "x - mean", "BatchNorm y", "Scale z"]
  const axes = { x: "value", y: "", rows }
  const samples = batchNormSteps(state).samples.map(({ u, x, centred, y, z }, i) => {
    return { name: `input ${i}`, x: [u, x, centred, y, z], y: rows.map((_, row) => row) }
  })
  return new Curves(describeBatchNorm(state), axes, samples)
}

/** Only numbers and words of this file come in: nothing to escape. */
function table(caption: string, heads: readonly string[], rows: readonly (readonly number[])[]): string {
  const head = heads.map((each) => `<th scope="col">${each}</th>`).join("")
  const body = rows.map((row) => `<tr>${row.map((x) => `<td>${short(x)}</td>`).join("")}</tr>`).join("")
  return `<table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`
}
