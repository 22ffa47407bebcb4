import { type TransferListItem, Worker } from "node:worker_threads"
import type { FromCells, ToCells, WorkerStart } from "./bridge.js"
import { endWith } from "./end-with.js"

/** The protocol thread as the thread with the cells sees it. */
export class ProtocolThread {
  readonly #worker: Worker
  /** A message that comes while nobody listens would be gone, and with it a cell sent while this thread still loads. */
  readonly #early: ToCells[] = []
  #receive = (message: ToCells): void => void this.#early.push(message)

  constructor(workerData: WorkerStart, transferList: TransferListItem[]) {
    this.#worker = new Worker(new URL("./protocol-worker.js", import.meta.url), {
      workerData,
      transferList,
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
    })
    endWith(this.#worker, "protocol")
    this.#worker.on("message", (message: ToCells) => this.#receive(message))
  }

  /** What is in `moved` is not copied, and gone from here. */
  post(message: FromCells, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved)
  }

  /** From here on `receive` gets the messages, those first that have come before. */
  deliverTo(receive: (message: ToCells) => void): void {
    this.#receive = receive
    for (const message of this.#early.splice(0)) receive(message)
  }
}
