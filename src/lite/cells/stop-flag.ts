import { places, type StopFlag, stopAll } from "../../kernel/stop-flag.js"

/** So often a loop asks, and a question takes a few tenths of a millisecond. */
const everyMs = 100

/** A look at the clock costs more than a turn of a short loop: readings are counted, so that it comes about so often. */
const lookMs = 5
const mostReadings = 65_536

/**
 * The stop flag of a thread that shares no memory: whoever reads it asks now and then whether the protocol's address
 * still holds (see StopUrl). All cells that run then are stopped.
 */
export class AskingStopFlag implements StopFlag {
  [place: number]: number
  /** As in the shared memory. */
  readonly #values = { [places.last]: 0, [places.signals]: 0, [places.first]: 0 }
  readonly #running = new Set<number>()
  #url = ""
  #askedAt = 0
  #lookedAt = 0
  #readings = 1
  #left = 1

  constructor() {
    Object.defineProperty(this, places.last, {
      get: () => {
        if (--this.#left <= 0) this.#lookAtClock()
        return this.#values[places.last]
      },
      set: (value: number) => {
        this.#values[places.last] = value
      },
    })
    // Functions ask nothing, loops do.
    this[places.calls] = 0
    for (const place of [places.signals, places.first])
      Object.defineProperty(this, place, { get: () => this.#values[place] })
  }

  /** The address that holds for what begins now. */
  set url(url: string) {
    this.#url = url
    this.#clear()
  }

  begin(cell: number): void {
    this.#running.add(cell)
  }

  end(cell: number): void {
    this.#running.delete(cell)
    this.#clear()
  }

  #clear(): void {
    for (const place of [places.last, places.signals, places.first] as const) this.#values[place] = 0
  }

  #lookAtClock(): void {
    const now = performance.now()
    const since = now - this.#lookedAt
    this.#readings = Math.min(
      mostReadings,
      Math.max(1, since < lookMs ? this.#readings * 2 : this.#readings / 2),
    )
    this.#left = this.#readings
    this.#lookedAt = now
    if (now - this.#askedAt < everyMs || this.#url === "") return
    if (!holds(this.#url)) this.#stop()
    this.#askedAt = performance.now()
  }

  #stop(): void {
    this.#url = ""
    const cells = [...this.#running]
    this.#values[places.last] = cells.length > 0 ? Math.max(...cells) : stopAll
    this.#values[places.first] = cells.length > 0 ? Math.min(...cells) : 0
  }
}

/** Whether an address has not been revoked. */
function holds(url: string): boolean {
  const request = new XMLHttpRequest()
  request.open("GET", url, false)
  try {
    request.send()
    return true
  } catch {
    // A network error is what a browser makes of an address that is no more.
    return false
  }
}
