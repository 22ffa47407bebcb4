import type { Layer } from "../net/index.js"

/** What became of one BatchNorm, BN, Scale, Bias or affine Power layer. */
export interface FoldAction {
  readonly layer: string
  readonly type: string
  /** "partly folded": its factors went into weights, what it adds stays as a Bias. "merged": one layer does the work of several. */
  readonly action: "folded" | "partly folded" | "merged" | "kept"
  /** The layers that now compute it. */
  readonly into?: string
  /** Why it could be folded, or why not. */
  readonly why: string
}

/** One line of the rewrite map: a layer of the new net, and the layers of the original whose work it does. */
export interface FoldRule {
  readonly rule: "fold into producer" | "fold into reader" | "fold from both sides" | "merge into one"
  readonly layer: Layer
  /** All layers of the new net that do the work, in running order, where it is more than the one. */
  readonly layers?: readonly Layer[]
  /** The layers whose work it does, in running order; the target is among them. */
  readonly from: readonly Layer[]
  /** What was checked before folding. */
  readonly conditions: readonly string[]
  /** What each channel was multiplied by: of a target's output, or of the one layer's. */
  readonly gains?: Float64Array
  /** What each channel of a target's input was multiplied by. */
  readonly inputGains?: Float64Array
}

/** The verdict on every BatchNorm, BN, Scale, Bias and affine Power of a net: folded, merged, or kept and why. Nothing is skipped silently. */
export class FoldReport {
  readonly actions: readonly FoldAction[]
  readonly rules: readonly FoldRule[]
  /** Multiplications that one forward pass of the folded net does without, at the net's own input shapes. */
  readonly savedMultiplications: number

  constructor(actions: readonly FoldAction[], rules: readonly FoldRule[], savedMultiplications: number) {
    this.actions = actions
    this.rules = rules
    this.savedMultiplications = savedMultiplications
  }

  /** Layers that went into weights, wholly or in part. */
  get folded(): number {
    return this.#count("folded") + this.#count("partly folded")
  }

  get merged(): number {
    return this.#count("merged")
  }

  get kept(): number {
    return this.#count("kept")
  }

  toString(): string {
    if (this.actions.length === 0) return "Fold: no BatchNorm, Scale or Bias in this net"
    const ones = this.rules.filter(({ rule }) => rule === "merge into one").length
    const parts = this.#count("partly folded")
    return [
      `Fold: ${this.folded} of ${this.actions.length} layers folded into ${this.rules.length - ones}`,
      ...(parts > 0 ? [`${parts} of them in part`] : []),
      ...(ones > 0 ? [`${this.merged} merged into ${ones}`] : []),
      this.kept === 0 ? "none kept" : `${this.kept} kept`,
      `${this.savedMultiplications.toLocaleString("en-US")} multiplications saved`,
    ].join(", ")
  }

  toJSON() {
    return {
      actions: this.actions,
      rules: this.rules.map(({ rule, layer, layers = [layer], from, conditions, gains, inputGains }) => {
        const names = (list: readonly Layer[]) => list.map(({ name }) => name)
        return {
          rule,
          layer: layer.name,
          layers: names(layers),
          from: names(from),
          conditions,
          ...(gains ? { gains: [...gains] } : {}),
          ...(inputGains ? { inputGains: [...inputGains] } : {}),
        }
      }),
      folded: this.folded,
      merged: this.merged,
      kept: this.kept,
      savedMultiplications: this.savedMultiplications,
    }
  }

  #count(action: FoldAction["action"]): number {
    return this.actions.filter((each) => each.action === action).length
  }
}
