/**
 * How a worker that computes hears of a Stop where memory cannot be shared: it knows an address that holds as long as
 * it may go on, and tries it now and then. A synchronous request is the one question that a busy worker can ask.
 */
export class StopUrl {
  url = newUrl()

  constructor(readonly tell: (url: string) => void) {
    tell(this.url)
  }

  /** Takes the address back. The next one is for what begins after this. */
  revoke(): void {
    URL.revokeObjectURL(this.url)
    this.url = newUrl()
    this.tell(this.url)
  }
}

function newUrl(): string {
  return URL.createObjectURL(new Blob(["go on"]))
}
