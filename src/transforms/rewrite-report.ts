import type { Layer } from "../net/index.js"

/** What a rewrite did to one layer, or why it left it alone. */
export interface RewriteAction {
  readonly layer: string
  readonly type: string
  /** "split", "joined", "removed", "replaced", "trimmed", "folded", or "kept". */
  readonly action: string
  /** The layers that now do its work. */
  readonly into?: string
  readonly why: string
}

/** One line of the rewrite map: which layers of the new net do the work of which layers of the original. */
export interface RewriteRule {
  readonly rule: string
  /** The layer of the new net that makes the result. */
  readonly layer: Layer
  /** All of them in running order, where several do the work. */
  readonly layers?: readonly Layer[]
  /** The layers of the original, in running order. */
  readonly from: readonly Layer[]
  /** What was checked before rewriting. */
  readonly conditions: readonly string[]
}

/** What a rewrite is called in its one line, and what it looks for. */
export interface RewriteWords {
  /** "Split PReLU". */
  readonly name: string
  /** "PReLU": what a net may have none of. */
  readonly subject: string
}

/** The verdict of a rewrite on every layer it looked at. Nothing is skipped silently. */
export class RewriteReport {
  readonly words: RewriteWords
  readonly actions: readonly RewriteAction[]
  readonly rules: readonly RewriteRule[]

  constructor(words: RewriteWords, actions: readonly RewriteAction[], rules: readonly RewriteRule[] = []) {
    this.words = words
    this.actions = actions
    this.rules = rules
  }

  get kept(): number {
    return this.actions.filter(({ action }) => action === "kept").length
  }

  /** One line, as text output shows it. */
  toString(): string {
    const { name, subject } = this.words
    if (this.actions.length === 0) return `${name}: no ${subject} in this net`
    const counts = new Map<string, number>()
    for (const { action } of this.actions) counts.set(action, (counts.get(action) ?? 0) + 1)
    const kept = counts.get("kept") ?? 0
    counts.delete("kept")
    const done = [...counts].map(([action, n]) => `${n} ${n === 1 ? "layer" : "layers"} ${action}`)
    return `${name}: ${[...done, kept === 0 ? "none kept" : `${kept} kept`].join(", ")}`
  }

  /** Plain data; layers by their names. */
  toJSON() {
    return {
      rewrite: this.words.name,
      actions: this.actions,
      rules: this.rules.map(({ rule, layer, layers = [layer], from, conditions }) => {
        const names = (list: readonly Layer[]) => list.map(({ name }) => name)
        return { rule, layer: layer.name, layers: names(layers), from: names(from), conditions }
      }),
      kept: this.kept,
    }
  }
}
