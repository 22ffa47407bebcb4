/** Text of bytes that come in pieces: a character that is cut is kept for the next piece. */
export class StringDecoder {
  readonly #decoder: TextDecoder

  constructor(readonly encoding = "utf8") {
    this.#decoder = new TextDecoder(encoding)
  }

  write(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true })
  }

  end(bytes: Uint8Array = new Uint8Array(0)): string {
    return this.#decoder.decode(bytes)
  }
}

export default { StringDecoder }
