import { callsOf, type NetCalls } from "../layers/index.js"
import type { Blob, Net } from "../net/index.js"

const kept = new WeakMap<Net, { key: string; calls: NetCalls }>()

/**
 * The calls of a net at the size of these inputs. Those of the last size are kept: on small inputs they take
 * as long to find as onnxruntime takes to run the net.
 */
export function callsFor(net: Net, inputs: Readonly<Record<string, Blob>>): NetCalls {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]))
  const key = JSON.stringify(shapes)
  const known = kept.get(net)
  if (known?.key === key) return known.calls
  const calls = callsOf(net, shapes)
  kept.set(net, { key, calls })
  return calls
}
