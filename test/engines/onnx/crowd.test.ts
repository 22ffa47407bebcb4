import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpus } from "node:os"
import { afterEach, expect, test } from "vitest"
import { isCrowded, wantingIn } from "../../../src/engines/onnx/crowd.js"

const busy: ReturnType<typeof spawn>[] = []
afterEach(() => {
  for (const child of busy.splice(0)) child.kill("SIGKILL")
})

test("what Linux tells of running threads is read, and a text without it is one thread: this", () => {
  expect(wantingIn("3.45 2.54 1.85 5/123 25654\n")).toBe(5)
  expect(wantingIn("")).toBe(1)
})

test("no machine is too crowded where there are processors for all", async () => {
  expect(await isCrowded(2, 1_000_000)).toBe(false)
})

// Other systems tell the load of the last minute only.
test.runIf(process.platform === "linux")(
  "programs that compute all the time make a machine crowded at once",
  async () => {
    const processors = cpus().length
    for (let i = 0; i < processors; i++) {
      const child = spawn(process.execPath, ["-e", "console.log('runs'); for (;;);"])
      busy.push(child)
      await once(child.stdout!, "data")
    }
    // The load average would tell so only after a minute.
    expect(await isCrowded(processors)).toBe(true)
  },
)
