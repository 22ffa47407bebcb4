import type { Layer, Message, Net } from "../net/index.js"
import { sharersOf } from "./shared-weights.js"
import { specsOf } from "./wiring.js"

/** Fields of a layer that matter to training, or to choosing the layers of a phase. */
const trainingFields: readonly string[] = ["include", "exclude", "phase", "loss_weight", "propagate_down"]

/** How parameters begin, in any section: done once weights are loaded. */
const fillers: readonly string[] = ["weight_filler", "bias_filler", "filler"]

/** A layer without what training alone reads, and the names of what went. The names of parameters that layers share stay. */
export function trimmed(net: Net, layer: Layer): { layer: Layer; dropped: readonly string[] } {
  const dropped = new Set<string>()
  const entries = Object.entries(layer.message).flatMap(([field, value]): [string, unknown][] => {
    if (trainingFields.includes(field)) {
      dropped.add(field)
      return []
    }
    if (field === "param") {
      const specs = sharedSpecs(net, layer)
      if (JSON.stringify(specs) !== JSON.stringify(value)) dropped.add(field)
      return specs.length > 0 ? [[field, specs]] : []
    }
    if (layer.blobs.length === 0 || !field.endsWith("_param")) return [[field, value]]
    const section = Object.entries(value as Message)
    const kept = section.filter(([name]) => !fillers.includes(name))
    for (const [name] of section) if (fillers.includes(name)) dropped.add(name)
    return kept.length > 0 || section.length === 0 ? [[field, Object.fromEntries(kept)]] : []
  })
  if (dropped.size === 0) return { layer, dropped: [] }
  return { layer: { ...layer, message: Object.fromEntries(entries) }, dropped: [...dropped] }
}

/** What says that a parameter is another layer's too. */
function sharedSpecs(net: Net, layer: Layer): Message[] {
  if (!sharersOf(net).has(layer)) return []
  const specs = specsOf(layer).map(({ name, share_mode }) => ({
    ...(name ? { name } : {}),
    ...(name && share_mode ? { share_mode } : {}),
    // Caffe refuses a BatchNorm whose statistics have a learning rate.
    ...(layer.type === "BatchNorm" ? { lr_mult: 0 } : {}),
  }))
  return specs.slice(0, specs.findLastIndex(({ name }) => name) + 1)
}
