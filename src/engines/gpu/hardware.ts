import { prepareBackend } from "./backend.js"
import { release } from "./shared-device.js"

/** The graphics hardware that gpu.js would run on, in its driver's words; undefined where there is none. */
export async function graphicsHardware(): Promise<string | undefined> {
  const { device } = await prepareBackend(undefined)
  if (!device) return undefined
  try {
    return device.description
  } finally {
    await release(device)
  }
}
