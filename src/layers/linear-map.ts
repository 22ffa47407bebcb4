import { type Blob, count } from "../net/index.js"
import type { GpuArgument, GpuKernel } from "./gpu-kernel.js"
import { biasDiff, inputDiff, weightDiff } from "./linear-diffs.js"
import { matmul } from "./matmul.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { ETA, gamma } from "./rounding.js"

/**
 * y = W x + b of every row of x, as the InnerProduct layers of a recurrent net compute it, one time step
 * after the other.
 */
export class LinearMap {
  readonly inputs: number
  readonly outputs: number
  readonly #weight: Float32Array
  readonly #bias: Float32Array | undefined
  #sizes: { weight: Float64Array; bias: Float64Array } | undefined

  /** Weights [outputs, inputs]; one bias for each output, or none. */
  constructor(weight: Blob, bias?: Blob) {
    this.outputs = weight.shape[0]!
    this.inputs = count(weight.shape, 1)
    this.#weight = weight.data
    this.#bias = bias?.data
  }

  /** Each sum in double, rounded once. */
  apply(x: Float32Array): Float32Array {
    const rows = x.length / this.inputs
    const y = new Float32Array(rows * this.outputs)
    matmul(this.#weight, 0, x, this.outputs, rows, this.inputs, this.#bias, 0, y, 0, 1, this.outputs)
    return y
  }

  /** The diff of x from that of y. */
  inputDiff(dy: Float32Array): Float32Array {
    return inputDiff(this.#weight, dy, this.outputs)
  }

  /** The diffs of the weights and, where there is one, of the bias. */
  blobDiffs(x: Float32Array, dy: Float32Array): Float32Array[] {
    const onWeight = weightDiff(x, dy, this.outputs)
    return this.#bias ? [onWeight, biasDiff(dy, this.outputs)] : [onWeight]
  }

  /** How far each result may be off, in any order of its sum, where x carries these errors. */
  bound(x: Float32Array, errors: Float64Array): Float64Array {
    const g = gamma(this.inputs + 2)
    this.#sizes ??= {
      weight: this.#weight.reduce((sizes, w, i) => {
        sizes[i] = Math.abs(w)
        return sizes
      }, new Float64Array(this.#weight.length)),
      bias: Float64Array.from(
        { length: this.outputs },
        (_, i) => Math.abs(this.#bias?.[i] ?? 0) * g + this.inputs * ETA,
      ),
    }
    const { weight, bias } = this.#sizes
    const spread = errors.map((error, i) => error + g * (Math.abs(x[i]!) + error))
    const rows = x.length / this.inputs
    const bound = new Float64Array(rows * this.outputs)
    matmul(weight, 0, spread, this.outputs, rows, this.inputs, bias, 0, bound, 0, 1, this.outputs)
    return bound
  }

  /**
   * The kernel that holds the weights as [inputs, outputs], where neighbouring threads read neighbours:
   * several kernels that read its result share one copy.
   */
  weightKernel(): GpuKernel {
    return {
      output: [this.outputs, this.inputs],
      args: { weight: { data: this.#weight } },
      body: `return weight[x * ${this.inputs} + y];`,
    }
  }

  /** Weights and bias as ONNX constants, for several products with them. */
  constants(onnx: OnnxNodes): readonly OnnxValue[] {
    const weight = onnx.floats("weight", this.#weight, [this.outputs, this.inputs])
    return this.#bias ? [weight, onnx.floats("bias", this.#bias)] : [weight]
  }

  /** y of the rows x [rows, inputs] by an ONNX node. */
  nodes(onnx: OnnxNodes, x: OnnxValue, constants: readonly OnnxValue[] = this.constants(onnx)): OnnxValue {
    return onnx.add("Gemm", [x, ...constants], { transB: 1 })
  }

  /** The arguments of a kernel that has this map's statements. */
  args(weight: GpuArgument): GpuKernel["args"] {
    return { weight, ...(this.#bias ? { bias: { data: this.#bias } } : {}) }
  }

  /**
   * Kernel statements for `v`, output x, where `input` is the expression of input k; `terms` are added to it.
   */
  statements(input: string, terms: readonly string[] = []): string {
    return `
      let sum = 0;
      for (let k = 0; k < ${this.inputs}; k++) { sum += weight[k * ${this.outputs} + x] * (${input}); }
      const v = ${["sum", ...(this.#bias ? ["bias[x]"] : []), ...terms].join(" + ")};`
  }
}
