import { PrelabError } from "../../error.js"
import type { Message } from "../../net/index.js"
import { upgradeBatchNorm } from "./batch-norm.js"
import { upgradeDataTransform } from "./data-transform.js"
import { type FileLayer, onLine } from "./file-layer.js"
import { inputLayer } from "./net-input.js"
import { mergePaddingLayers } from "./padding-layers.js"
import { upgradeV0Layer } from "./v0-layer.js"
import { upgradeV1Layer } from "./v1-layer.js"

export interface UpgradedNet {
  /** All layers in the current format, legacy inputs first as one Input layer. */
  readonly layers: readonly FileLayer[]
  readonly warnings: readonly string[]
}

/**
 * Brings a net of any age into the current format, step by step in Caffe's order (upgrade_proto.cpp): V0 padding layers,
 * V0 to V1, data transforms, V1 to V2, legacy inputs, BatchNorm's param specs.
 *
 * @param net its NetParameter fields beside the layers
 * @param layers the `layer` entries
 * @param legacy the `layers` entries of V0 and V1
 * @throws PrelabError when formats are mixed, or a layer has no counterpart in the current format
 */
export function upgradeNet(
  net: Message,
  layers: readonly FileLayer[],
  legacy: readonly FileLayer[],
): UpgradedNet {
  const warnings: string[] = []
  const input = inputLayer(net)
  const current =
    legacy.length > 0 ? upgradeLegacy(layers, legacy, (warning) => warnings.push(warning)) : layers
  return {
    layers: [
      ...(input ? [{ message: input }] : []),
      ...current.map((layer) => ({ ...layer, message: upgradeBatchNorm(layer.message) })),
    ],
    warnings,
  }
}

function upgradeLegacy(
  layers: readonly FileLayer[],
  legacy: readonly FileLayer[],
  warn: (warning: string) => void,
): FileLayer[] {
  const [current] = layers
  // Caffe drops the `layer` ones with a line in its log; nobody means that.
  if (current) onLine(current, () => fail("layer and layers together", String(current.message.name ?? "")))
  const isV0 = legacy.some(({ message }) => message.layer !== undefined)
  const v1 = isV0 ? upgradeV0(legacy, warn) : legacy
  warn(`upgraded from Caffe's ${isV0 ? "V0" : "V1"} format`)
  return v1.map((layer) =>
    onLine(layer, () => ({
      ...layer,
      message: upgradeV1Layer(upgradeDataTransform(layer.message)),
      upgraded: true,
    })),
  )
}

function upgradeV0(legacy: readonly FileLayer[], warn: (warning: string) => void): FileLayer[] {
  const other = legacy.find(({ message }) => message.layer === undefined)
  if (other) onLine(other, () => fail("V0 and V1 layers together", String(other.message.name ?? "")))
  const connected = legacy.map((layer) => {
    const beside = Object.keys(layer.message).filter((field) => !["layer", "bottom", "top"].includes(field))
    const name = (layer.message.layer as Message).name ?? ""
    for (const field of beside) warn(`${field} dropped: V0 layer ${name} has it outside its layer { }`)
    return layer
  })
  return mergePaddingLayers(connected).map((layer) =>
    onLine(layer, () => ({ ...layer, message: upgradeV0Layer(layer.message, warn) })),
  )
}

function fail(what: string, value: string): never {
  throw new PrelabError(what, value)
}
