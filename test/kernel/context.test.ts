import { afterEach, expect, it } from "vitest"
import { context, lookForStopIn, newContext, throwIfStopped } from "../../src/kernel/context.js"
import { noCell, places, stopAll, stopBytes } from "../../src/kernel/stop-flag.js"

const flag = new Int32Array(stopBytes / 4)
lookForStopIn(flag)
afterEach(() => void flag.fill(0))

function stop(first: number, last = first): void {
  flag[places.first] = first
  flag[places.last] = last
}

it("work of a stopped cell sees the Stop in shared memory, before any message", () => {
  context.run(newContext("message", 7), () => {
    expect(throwIfStopped).not.toThrow()
    stop(6)
    expect(throwIfStopped).not.toThrow()
    stop(6, 8)
    expect(throwIfStopped).toThrow("the cell was stopped")
  })
})

it("what else the cell has going stops as well, also once the cell is over", () => {
  context.run(newContext("message", 7), () => {
    stop(7)
    expect(throwIfStopped).toThrow("the cell was stopped")
    stop(0)
    expect(throwIfStopped).toThrow("the cell was stopped")
  })
})

it("work of a button's, which no cell waits for, goes on: it was told and ends as it likes", () => {
  context.run(newContext("message", noCell), () => {
    stop(0, stopAll)
    expect(throwIfStopped).not.toThrow()
  })
  expect(throwIfStopped).not.toThrow()
})
