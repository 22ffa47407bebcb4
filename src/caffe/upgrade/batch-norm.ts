import type { Message } from "../../net/index.js"
import { repeated } from "./file-layer.js"

/**
 * Older BatchNorm layers state three param specs by hand; their statistics are never learned, whatever those say
 * (upgrade_proto.cpp, UpgradeNetBatchNorm).
 */
export function upgradeBatchNorm(layer: Message): Message {
  const params = repeated<Message>(layer, "param")
  if (layer.type !== "BatchNorm" || params.length !== 3) return layer
  return { ...layer, param: params.map((param) => ({ ...param, lr_mult: 0, decay_mult: 0 })) }
}
