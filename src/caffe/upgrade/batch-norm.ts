import type { Message } from "../../net/index.js"
import { repeated } from "./file-layer.js"

/**
 * Older BatchNorm layers state three `param { lr_mult: 0 }` by hand. Their statistics are never learned, whatever those
 * say: without the specs it is the same layer (upgrade_proto.cpp, UpgradeNetBatchNorm).
 */
export function learnsNoStatistics(layer: Message): boolean {
  return layer.type === "BatchNorm" && repeated(layer, "param").length === 3
}
