import type { Layer } from "../net/index.js"

/** What became of one BatchNorm, Scale or Bias layer. */
export interface FoldAction {
  readonly layer: string
  readonly type: string
  readonly action: "folded" | "kept"
  /** The layer that now computes it. */
  readonly into?: string
  /** Why it could be folded, or why not. */
  readonly why: string
}

/** One line of the rewrite map: a layer of the new net, and the layers of the original whose work it does. */
export interface FoldRule {
  readonly rule: "fold into producer"
  readonly layer: Layer
  /** The producer itself first, then what was folded into it, in running order. */
  readonly from: readonly Layer[]
  /** What was checked before folding. */
  readonly conditions: readonly string[]
}

/** The verdict on every BatchNorm, Scale and Bias of a net: folded, or kept and why. Nothing is skipped silently. */
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

  get folded(): number {
    return this.actions.filter(({ action }) => action === "folded").length
  }

  get kept(): number {
    return this.actions.length - this.folded
  }

  toString(): string {
    if (this.actions.length === 0) return "Fold: no BatchNorm, Scale or Bias in this net"
    const saved = `${this.savedMultiplications.toLocaleString("en-US")} multiplications saved`
    const kept = this.kept === 0 ? "none kept" : `${this.kept} kept`
    return `Fold: ${this.folded} of ${this.actions.length} layers folded into ${this.rules.length}, ${kept}, ${saved}`
  }

  toJSON() {
    return {
      actions: this.actions,
      rules: this.rules.map(({ rule, layer, from, conditions }) => {
        return { rule, layer: layer.name, from: from.map(({ name }) => name), conditions }
      }),
      folded: this.folded,
      kept: this.kept,
      savedMultiplications: this.savedMultiplications,
    }
  }
}
