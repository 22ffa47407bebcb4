import type { Widget } from "../../kernel/widget.js"

export interface LinkOptions {
  /** Only the first one's changes reach the second one. */
  readonly oneWay?: boolean
}

/**
 * Keeps a value of two widgets equal, in the kernel: `link(slider, "value", counter, "count")`. The second one takes over the first one's
 * at once.
 *
 * @returns a function that ends it; closing one of them does so too
 */
export function link<
  A extends object,
  K extends keyof A & string,
  L extends keyof B & string,
  B extends { [Name in L]: A[K] },
>(from: Widget<A>, name: K, to: Widget<B>, other: L, { oneWay = false }: LinkOptions = {}): () => void {
  // Equal values are not sent: a change does not come back.
  const there = () => to.set(other, from.get(name) as unknown as B[L])
  const back = () => from.set(name, to.get(other) as unknown as A[K])
  const end = () => {
    from.off(`change:${name}`, there).off("close", end)
    to.off(`change:${other}`, back).off("close", end)
  }
  there()
  from.on(`change:${name}` as string, there).on("close", end)
  if (!oneWay) to.on(`change:${other}` as string, back)
  to.on("close", end)
  return end
}
