/** The worst difference from stored values, as a share of what it may be. */
export class Worst {
  #ratio = 0
  #isExact = true
  #compared = 0

  /**
   * Adds the values of one blob.
   * @param want every `stride`-th value of `got`
   * @param limit how far the value at a place may be off; undefined where nothing is promised
   */
  add(
    got: ArrayLike<number>,
    want: ArrayLike<number>,
    limit: (at: number) => number | undefined,
    stride = 1,
  ): void {
    this.#compared++
    for (let i = 0; i < want.length; i++) {
      const [mine, its] = [got[i * stride]!, want[i]!]
      const allowed = limit(i * stride)
      if (Object.is(mine, its) || allowed === undefined) continue
      this.#isExact = false
      const difference = Math.abs(mine - its)
      // Infinities and NaN agree in kind and sign, or not at all. The sign of zero may differ.
      const share =
        difference === 0 ? 0 : Number.isFinite(difference) ? difference / allowed : Number.POSITIVE_INFINITY
      if (!(share <= this.#ratio)) this.#ratio = share
    }
  }

  /** Adds what another one has compared. */
  join(other: Worst): void {
    this.#compared += other.#compared
    this.#isExact &&= other.#isExact
    if (!(other.#ratio <= this.#ratio)) this.#ratio = other.#ratio
  }

  get compared(): number {
    return this.#compared
  }

  get ratio(): number {
    return this.#ratio
  }

  toString(): string {
    if (this.#compared === 0) return "nothing to compare"
    return this.#isExact ? "exact" : this.#ratio.toPrecision(2)
  }
}
