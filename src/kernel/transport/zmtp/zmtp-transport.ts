import { PrelabError } from "../../../error.js"
import type {
  BindOptions,
  Dealer,
  DealerOptions,
  Log,
  Publisher,
  Router,
  Subscriber,
  Transport,
} from "../transport.js"
import { bindPublisher } from "./bind-publisher.js"
import { bindRouter } from "./bind-router.js"
import { connectDealer } from "./connect-dealer.js"
import { connectSubscriber } from "./connect-subscriber.js"

/** ZMTP, the protocol of ZeroMQ sockets, in TypeScript: works wherever Node does. */
export class ZmtpTransport implements Transport {
  readonly name = "zmtp"
  readonly detail = "ZMTP 3.0 in TypeScript"
  readonly curve = false
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  async bindRouter(address: string, options: BindOptions = {}): Promise<Router> {
    refuseCurve(options)
    return bindRouter(address, this.#log)
  }

  async bindPublisher(address: string, options: BindOptions = {}): Promise<Publisher> {
    refuseCurve(options)
    return bindPublisher(address, this.#log)
  }

  connectDealer(address: string, options: DealerOptions = {}): Dealer {
    return connectDealer(address, options, this.#log)
  }

  connectSubscriber(address: string, topics: readonly string[] = [""]): Subscriber {
    return connectSubscriber(address, topics, this.#log)
  }
}

/** Whoever asks for encryption must not be served without. */
function refuseCurve({ curve }: BindOptions): void {
  if (!curve) return
  throw new PrelabError("zmtp transport cannot encrypt", "curve", { hint: "zeromq can, where it loads" })
}
