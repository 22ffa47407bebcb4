import { type GpuArgument, type GpuKernel, MAX_ARRAYS } from "./gpu-kernel.js"
import type { LinearMap } from "./linear-map.js"
import type { After, Parts, Step } from "./recurrent.js"

/** The kernels of a layer as they come up; `add` says how the next ones read a result. */
export class KernelList {
  readonly kernels: GpuKernel[] = []

  add(kernel: GpuKernel): GpuArgument {
    return { kernel: this.kernels.push(kernel) - 1 }
  }

  /** Makes an earlier result a top of the layer. */
  handOut(argument: GpuArgument, top: number): void {
    if ("kernel" in argument) this.kernels[argument.kernel] = { ...this.kernels[argument.kernel]!, top }
  }
}

/** Makes the kernels of one step: how its gates end, from their sum `v` to `gate`, and what follows them. */
export interface StepKernels {
  readonly gateStatements: string
  /** Adds the kernels after the gates'; `cont` holds all steps, and this one's begins at `row`. */
  after(step: Step<GpuArgument>, row: number): After<GpuArgument>
}

/**
 * The kernels of a recurrent layer: one for all steps' inputs, then a few for every step, since a step waits for the one before it, and the
 * steps' outputs joined in the end.
 */
export function recurrentKernels(parts: Parts, states: number): GpuKernel[] {
  const { steps, streams, units, gates, given, input, still, hidden } = parts
  const list = new KernelList()
  const x = list.add(linearKernel(list, input, { bottom: 0 }, steps * streams))
  const fromStill = still && list.add(linearKernel(list, still, { bottom: 2 }, streams))
  const weight = list.add(hidden.weightKernel())
  const cell = parts.cell.kernels(list, streams)
  const zeros = { data: new Float32Array(streams * units) }
  let state: readonly GpuArgument[] = Array.from({ length: states }, (_, i) =>
    given === undefined ? zeros : { bottom: given + i },
  )
  const outputs: GpuArgument[] = []
  const cont = { bottom: 1 }
  for (let t = 0; t < steps; t++) {
    const terms = [
      `fromX[(y + ${t * streams}) * ${gates} + x]`,
      ...(fromStill ? [`fromStill[y * ${gates} + x]`] : []),
    ]
    const gated = list.add({
      output: [gates, streams],
      args: {
        ...hidden.args(weight),
        state: state[0]!,
        cont,
        fromX: x,
        ...(fromStill ? { fromStill } : {}),
      },
      body: `
        const goesOn = cont[y + ${t * streams}];
        ${hidden.statements(`state[y * ${units} + k] * goesOn`, terms)}
        ${cell.gateStatements}
        return gate;`,
    })
    const after = cell.after({ gates: gated, cont, before: state }, t * streams)
    state = after.state
    outputs.push(after.output)
  }
  if (given !== undefined)
    state.forEach((argument, i) => {
      list.handOut(argument, 1 + i)
    })
  join(
    list,
    outputs.map((argument) => ({ argument, rows: 1 })),
    streams * units,
  )
  return list.kernels
}

/** The kernel of a linear map of the rows of `input`. */
function linearKernel(list: KernelList, map: LinearMap, input: GpuArgument, rows: number): GpuKernel {
  return {
    output: [map.outputs, rows],
    args: { input, ...map.args(list.add(map.weightKernel())) },
    body: `
      ${map.statements(`input[y * ${map.inputs} + k]`)}
      return v;`,
  }
}

/** Joins rows to top 0, as many at once as a kernel reads: every value is copied once a round. */
function join(
  list: KernelList,
  parts: readonly { readonly argument: GpuArgument; readonly rows: number }[],
  width: number,
): void {
  const groups: (typeof parts)[] = []
  for (let at = 0; at < parts.length; at += MAX_ARRAYS) groups.push(parts.slice(at, at + MAX_ARRAYS))
  const joined = groups.map((group) => {
    let rows = 0
    const branches = group.map(({ rows: own }, i) => {
      const take = `{ value = a${i}[x + (y - ${rows}) * ${width}]; }`
      rows += own
      return i === group.length - 1 ? take : `if (y < ${rows}) ${take}`
    })
    const argument = list.add({
      output: [width, rows],
      args: Object.fromEntries(group.map((part, i) => [`a${i}`, part.argument])),
      body: `
        let value = 0;
        ${branches.join(" else ")}
        return value;`,
      ...(groups.length === 1 ? { top: 0 } : {}),
    })
    return { argument, rows }
  })
  if (groups.length > 1) join(list, joined, width)
}
