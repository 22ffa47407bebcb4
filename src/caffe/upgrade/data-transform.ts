import type { Message } from "../../net/index.js"

/** V1 data layers and the message of each that once held what transform_param holds now. */
const sections: Readonly<Record<string, string>> = {
  DATA: "data_param",
  IMAGE_DATA: "image_data_param",
  WINDOW_DATA: "window_data_param",
}

const fields = ["scale", "mean_file", "crop_size", "mirror"]

/** Moves scaling, mean, cropping and mirroring of a V1 data layer into its transform_param (UpgradeNetDataTransformation). */
export function upgradeDataTransform(layer: Message): Message {
  const section = Object.hasOwn(sections, String(layer.type)) ? sections[String(layer.type)] : undefined
  const param = section === undefined ? undefined : (layer[section] as Message | undefined)
  if (section === undefined || param === undefined || fields.every((field) => param[field] === undefined))
    return layer
  const entries = Object.entries(param)
  const moved = Object.fromEntries(entries.filter(([field]) => fields.includes(field)))
  const kept = Object.fromEntries(entries.filter(([field]) => !fields.includes(field)))
  const transform = { ...(layer.transform_param as Message | undefined), ...moved }
  return { ...layer, [section]: kept, transform_param: transform }
}
