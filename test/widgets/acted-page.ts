import type { PageRequest } from "../../src/engines/browser/index.js"
import type { FromPage, PageAnswer, StartRequest, ToPage } from "../../src/widgets/page-messages.js"
import { cutIntoPieces, type Piece, Pieces } from "../../src/widgets/toolkit/parcels.js"

type Say = (message: FromPage, buffers?: Uint8Array[]) => unknown
export type Request = PageRequest | StartRequest

/** A page that answers as it is told to, and remembers what it was asked. */
export class ActedPage {
  readonly asked: Request[] = []
  /** What else it was told: pings, and to stop. */
  readonly told: string[] = []
  bytes = 0
  readonly #pieces = new Pieces<Request>()

  constructor(
    readonly name: string,
    readonly say: Say,
    readonly answer: (request: Request) => PageAnswer | undefined = works,
    /** How many values the result of every pass has: 1, 2, 3, ... */
    readonly values = 5,
  ) {}

  hello(): void {
    this.say({ from: this.name, type: "hello" })
  }

  take(message: ToPage, bytes: Uint8Array): void {
    if (message.type === "who") this.hello()
    else if (message.to !== this.name) return
    else if (message.type === "piece") this.#take(message.piece, bytes)
    else this.told.push(message.type)
  }

  #take(piece: Piece<Request>, bytes: Uint8Array): void {
    this.bytes += bytes.length
    const whole = this.#pieces.add(piece, bytes)
    if (!whole) return
    this.asked.push(whole.content)
    const content = this.answer(whole.content)
    if (!content) return
    const result = Float32Array.from({ length: this.values }, (_, i) => i + 1)
    const isRan = whole.content.type === "run" && "answer" in content
    const values = isRan ? [new Uint8Array(result.buffer)] : []
    for (const cut of cutIntoPieces(piece.id, content, values, 16))
      this.say({ from: this.name, type: "piece", piece: cut.piece }, [cut.bytes])
  }
}

/** A page that has WebGL2. */
export function works({ type }: Request): PageAnswer {
  if (type === "start")
    return {
      answer: { found: [{ backend: "webgl2", adapter: "an adapter" }], missing: ["webgpu: not here"] },
    }
  return {
    answer: type === "run" ? { backend: "webgl2", detail: "a detail", kernels: 13, milliseconds: 2 } : {},
  }
}
