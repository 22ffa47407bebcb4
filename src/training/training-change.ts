import { PrelabError } from "../error.js"
import { type Layer, type Net, nearest } from "../net/index.js"
import { checkField } from "./solver/check-solver.js"

/** What can be changed while a training runs. */
export interface TrainingChange {
  /** In place of the solver's; its policy goes on from it. */
  readonly base_lr?: number
  /** Of PReLU layers by name: one slope a channel, undefined where it stays, or one number for all of them. */
  readonly slopes?: Readonly<Record<string, number | readonly (number | undefined)[]>>
}

/** A change, and the first iteration that it had an effect on. */
export interface ChangeRecord extends TrainingChange {
  readonly iteration: number
}

/** @throws PrelabError when the rate is none, a layer is no PReLU of the net, or its slopes are too few, too many or not finite */
export function checkChange(net: Net, { base_lr, slopes = {} }: TrainingChange): void {
  // Training is in float32, where large numbers are none.
  if (base_lr !== undefined) checkField("base_lr", Math.fround(base_lr))
  for (const [name, values] of Object.entries(slopes)) {
    const { length } = slopesOf(net, name)
    const count = typeof values === "number" ? length : values.length
    if (count !== length)
      throw new PrelabError("not one slope a channel", `${count} for ${length} of ${name}`)
    const wrong = [values].flat().find((value) => value !== undefined && !Number.isFinite(Math.fround(value)))
    if (wrong !== undefined) throw new PrelabError("slope is no number", `${wrong} in ${name}`)
  }
}

/** Writes slopes into the layers of a net that is being trained. */
export function setSlopes(net: Net, slopes: NonNullable<TrainingChange["slopes"]>): void {
  for (const [name, values] of Object.entries(slopes)) {
    const data = slopesOf(net, name)
    if (typeof values === "number") data.fill(values)
    else data.set(values.map((value, channel) => value ?? data[channel]!))
  }
}

function slopesOf(net: Net, name: string): Float32Array {
  const prelus = net.layers.filter(({ type, blobs }) => type === "PReLU" && blobs.length > 0)
  const found = prelus.find((layer: Layer) => layer.name === name)?.blobs[0]
  if (found) return found.data
  const hint = nearest(
    name,
    prelus.map((layer) => layer.name),
  )
  throw new PrelabError("no such PReLU layer", name, hint ? { hint: `did you mean "${hint}"?` } : {})
}
