/**
 * A message with binary values, cut into pieces. Jupyter's server closes a page's connection when the page
 * sends more than 10 MiB at once (Tornado's `websocket_max_message_size`); and a page that takes long to get
 * everything over a slow line says with each piece that it is there, which 1 MiB leaves time for.
 */
export const mostBytes = 2 ** 20

/** One piece: `sizes` are the bytes of each value, the pieces' bytes are the values one after the other. */
export interface Piece<Content> {
  readonly id: string
  readonly part: number
  readonly parts: number
  readonly sizes: readonly number[]
  readonly content: Content
}

/** Cuts the values' bytes, in their order, into pieces that each carry the content. */
export function* cutIntoPieces<Content>(
  id: string,
  content: Content,
  values: readonly Uint8Array[],
  most = mostBytes,
): Generator<{ piece: Piece<Content>; bytes: Uint8Array }> {
  const sizes = values.map(({ length }) => length)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const parts = Math.max(1, Math.ceil(total / most))
  let [value, from] = [0, 0]
  for (let part = 0; part < parts; part++) {
    const bytes = new Uint8Array(Math.min(most, total - part * most))
    for (let at = 0; at < bytes.length; ) {
      const taken = values[value]!.subarray(from, from + bytes.length - at)
      bytes.set(taken, at)
      at += taken.length
      from += taken.length
      if (from === sizes[value]) [value, from] = [value + 1, 0]
    }
    yield { piece: { id, part, parts, sizes, content }, bytes }
  }
}

/** Puts pieces together again; pieces of several messages may come mixed, those of one come in order. */
export class Pieces<Content> {
  readonly #most: number
  readonly #open = new Map<string, { readonly values: Uint8Array[]; value: number; from: number }>()

  /** @param most messages at once; a page that goes away leaves its pieces behind, and the oldest make room */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  /**
   * @returns the whole message with its last piece; each value has memory of its own
   * @throws Error where earlier pieces are missing
   */
  add(
    { id, part, parts, sizes, content }: Piece<Content>,
    bytes: Uint8Array,
  ): { content: Content; values: Uint8Array[] } | undefined {
    if (part > 0 && !this.#open.has(id)) throw new Error("pieces of a message are missing")
    const open = this.#open.get(id) ?? {
      values: sizes.map((size) => new Uint8Array(size)),
      value: 0,
      from: 0,
    }
    this.#open.set(id, open)
    if (this.#open.size > this.#most) this.#open.delete([...this.#open.keys()][0]!)
    for (let at = 0; at < bytes.length; ) {
      const value = open.values[open.value]!
      const taken = bytes.subarray(at, at + value.length - open.from)
      value.set(taken, open.from)
      at += taken.length
      open.from += taken.length
      if (open.from === value.length) [open.value, open.from] = [open.value + 1, 0]
    }
    if (part < parts - 1) return undefined
    this.#open.delete(id)
    return { content, values: open.values }
  }
}
