import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const file = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/**
 * Forwards in a process of its own, on the build: every blob of the sample net on a hundred digits, 12 MiB a
 * pass.
 */
const loop = `
  import { forward, loadArray, loadNet } from ${JSON.stringify(file("dist/index.js"))}
  const data = ${JSON.stringify(file("notebooks/data/"))}
  const net = await loadNet(data + "digits.prototxt", data + "digits.caffemodel")
  const images = await loadArray(data + "digits-100.npy")
  const some = { shape: [10, 1, 28, 28], data: images.data.subarray(0, 7840) }
  const memory = () => { globalThis.gc(); return process.memoryUsage().rss / 2 ** 20 }
  const passes = async (n, data) => {
    for (let i = 0; i < n; i++) await forward(net, { data }, { engine: "onnx", all: true })
    return memory()
  }
  for (let i = 0; i < 5; i++) { await passes(2, some); await passes(4, images) }
  const before = await passes(4, images)
  const after = await passes(60, images)
  for (let i = 0; i < 20; i++) { await passes(1, some); await passes(1, images) }
  console.log(JSON.stringify({ grown: after - before, again: (await passes(4, images)) - before }))`

// 60 passes that were kept would be 720 MiB.
it("sixty forwards and forty plans leave nothing behind, and the process exits by itself with a plan still kept", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--expose-gc", "--input-type=module", "--eval", loop],
  ])
  const { grown, again } = JSON.parse(stdout) as { grown: number; again: number }
  expect(grown).toBeLessThan(96)
  expect(again).toBeLessThan(96)
})
