/** A bare word in a fork's field: an enum's name as far as one can tell, and not the string of the same letters. */
export class EnumWord {
  readonly word: string

  constructor(word: string) {
    this.word = word
  }

  toString(): string {
    return this.word
  }
}
