import { remembers, TrainingPass } from "../engines/index.js"
import { PrelabError } from "../error.js"
import { callsOf } from "../layers/index.js"
import { type Blob, count, type Net, type Shape } from "../net/index.js"
import { type PReluMemory, preluMemories } from "./prelu-memory.js"

/**
 * One way to remember pre-activations, at one input size of one net. A cell shows a list of them as a table.
 */
export interface PReluMemoryRow {
  readonly memory: string
  /** Beside the net's blobs, of all its PReLUs that run in place together. */
  readonly bytes: number
  /** The share of the full copy's bytes that it does without. */
  readonly saved: number
  /**
   * Against the full copy's: the same to the last bit, other slopes' alone (by rounding), or the reason why
   * there are none.
   */
  readonly gradients: string
  /** The largest difference of two gradients of one blob, relative to the largest of them. */
  readonly difference: number | undefined
}

/**
 * Runs one pass of a net with each of the ways, and compares bytes and gradients with the full copy's.
 *
 * @param inputs blobs by input name
 * @throws PrelabError where the net has no PReLU that runs in place
 */
export async function comparePReluMemories(
  net: Net,
  inputs: Readonly<Record<string, Blob>>,
): Promise<PReluMemoryRow[]> {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]))
  const counts = countsOf(net, shapes)
  const run = async (memory: PReluMemory) => {
    const training = new TrainingPass(net, shapes, { inPlaceMemory: memory })
    await training.run(inputs)
    return training.parameters
  }
  const all = preluMemories.map((make) => make())
  const [full] = all
  const expected = await run(full!)
  const rows: PReluMemoryRow[] = []
  for (const memory of all) {
    const bytes = memory.bytes(counts)
    const row = { memory: memory.name, bytes, saved: 1 - bytes / full!.bytes(counts) }
    try {
      const got = await run(memory)
      const differences = got.map(({ diff }, i) => difference(diff, expected[i]!.diff))
      const others = got.filter(({ layer }, i) => net.layer(layer).type !== "PReLU" && differences[i] !== 0)
      const largest = Math.max(...differences)
      rows.push({
        ...row,
        gradients:
          largest === 0
            ? "the same bit for bit"
            : others.length === 0
              ? "the same but for rounding of the slopes'"
              : `different in ${others.map(({ layer }) => layer).join(", ")}`,
        difference: largest,
      })
    } catch (error) {
      if (!(error instanceof PrelabError)) throw error
      rows.push({ ...row, gradients: `refused: ${error.message}`, difference: undefined })
    }
  }
  return rows
}

function countsOf(net: Net, shapes: Readonly<Record<string, Shape>>): number[] {
  const { calls } = callsOf(net, shapes)
  const counts = net.layers.filter(remembers).map((layer) => count(calls.get(layer)!.call.bottoms[0]!))
  if (counts.length === 0)
    throw new PrelabError("no PReLU runs in place", net.name || "net", {
      hint: "give a PReLU the same name as top and bottom",
    })
  return counts
}

function difference(got: Float32Array, want: Float32Array): number {
  const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  const off = got.reduce((most, v, i) => Math.max(most, Math.abs(v - want[i]!)), 0)
  return off === 0 ? 0 : off / largest
}
