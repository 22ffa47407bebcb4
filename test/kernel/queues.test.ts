import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect, it, vi } from "vitest"
import { Backpressure, weightOf } from "../../src/kernel/backpressure.js"
import type { ToCells } from "../../src/kernel/bridge.js"
import { signalChildren } from "../../src/kernel/child-processes.js"
import { ExecuteQueue } from "../../src/kernel/execute-queue.js"
import { Interrupter } from "../../src/kernel/interrupter.js"
import { MessageFactory } from "../../src/kernel/messages.js"
import { problemOf } from "../../src/kernel/request-content.js"
import { Requests } from "../../src/kernel/requests.js"
import { Shells } from "../../src/kernel/shells.js"
import { hear, mustStop, noCell, places, stopAll, stopBytes } from "../../src/kernel/stop-flag.js"

const turn = () => new Promise((resolve) => setImmediate(resolve))

function recordingQueue(events: string[]) {
  const queue: ExecuteQueue<number> = new ExecuteQueue(
    async (n) => {
      events.push(`run ${n}`)
      await turn()
      if (n === 1) queue.abortWaiting()
      await turn()
      events.push(`end ${n}`)
    },
    async (n) => void events.push(`abort ${n}`),
  )
  return queue
}

describe("the execute queue", () => {
  it("runs one after the other, and answers what it throws away behind the one that runs", async () => {
    const events: string[] = []
    const queue = recordingQueue(events)
    for (const n of [0, 1, 2, 3]) queue.add(n)
    while (!events.includes("abort 3")) await turn()
    queue.add(4)
    while (!events.includes("end 4")) await turn()
    expect(events).toEqual(["run 0", "end 0", "run 1", "end 1", "abort 2", "abort 3", "run 4", "end 4"])
  })

  it("runs what comes after it has thrown the rest away", async () => {
    const events: string[] = []
    const queue = recordingQueue(events)
    queue.add(0)
    queue.add(2)
    queue.abortWaiting()
    queue.add(3)
    while (!events.includes("end 3")) await turn()
    expect(events).toEqual(["run 0", "end 0", "abort 2", "run 3", "end 3"])
  })
})

describe("shells", () => {
  it("are the main one and those made, until they are deleted", () => {
    const aborted: number[] = []
    let made = 0
    const shells = new Shells(() => {
      const n = made++
      return { n, abortWaiting: () => aborted.push(n) }
    })
    const [a, b] = [shells.create(), shells.create()]
    expect(shells.ids()).toEqual([a, b])
    expect([undefined, null, a, b].map((id) => shells.find(id)?.n)).toEqual([0, 0, 1, 2])
    expect([shells.find("other"), shells.find(7), shells.find({})]).toEqual([undefined, undefined, undefined])
    shells.abortWaiting()
    expect(aborted.splice(0)).toEqual([0, 1, 2])
    expect([shells.delete(a), shells.delete(a), shells.delete("other")]).toEqual([true, false, false])
    expect(aborted).toEqual([1])
    expect(shells.ids()).toEqual([b])
  })
})

describe("requests", () => {
  const { header } = new MessageFactory().make("execute_request", {})
  const headers = Array.from({ length: 5 }, (_, i) => ({ ...header, msg_id: String(i) }))

  it("are kept while they are open, and the last ones after that", () => {
    const requests = new Requests(2)
    for (const each of headers) requests.open(each, each.msg_id === "0")
    for (const each of headers.slice(1)) requests.close(each)
    const known = headers.filter(({ msg_id }) => requests.headerOf(msg_id)).map(({ msg_id }) => msg_id)
    expect(known).toEqual(["0", "3", "4"])
    expect(requests.isSilent("0")).toBe(true)
    expect(requests.isSilent("3")).toBe(false)
  })

  it("are repeated when all of the header is the same", () => {
    const requests = new Requests()
    requests.open(header, false)
    expect(requests.isRepeated({ ...header })).toBe(true)
    expect(requests.isRepeated({ ...header, date: "2001-01-01T00:00:00Z" })).toBe(false)
    expect(requests.isRepeated({ ...header, msg_id: "new" })).toBe(false)
  })
})

describe("the content of requests", () => {
  const bad: [string, object, string][] = [
    ["execute_request", {}, "code is missing"],
    ["execute_request", { code: 5 }, "code is not a text: 5"],
    ["execute_request", { code: "", silent: "yes" }, "silent is not true or false: 'yes'"],
    ["execute_request", { code: "", user_expressions: [1] }, "user_expressions is not an object: [ 1 ]"],
    ["complete_request", { code: "", cursor_pos: "x" }, "cursor_pos is not a whole number: 'x'"],
    ["complete_request", { code: "", cursor_pos: 0.5 }, "cursor_pos is not a whole number: 0.5"],
    ["history_request", { pattern: {} }, "pattern is not a text: {}"],
    ["comm_msg", { data: {} }, "comm_id is missing"],
    ["comm_open", { comm_id: "a", target_name: "t", data: "x" }, "data is not an object: 'x'"],
    ["delete_subshell_request", { subshell_id: null }, "subshell_id is missing"],
  ]
  for (const [type, content, problem] of bad)
    it(`of ${type} is refused: ${problem}`, () => {
      expect(problemOf(type, { ...content })).toBe(problem)
    })

  it("may have more fields, negative cursors and nulls", () => {
    expect(problemOf("complete_request", { code: "a", cursor_pos: -4, more: 1 })).toBe(undefined)
    expect(problemOf("execute_request", { code: "a", silent: null, user_expressions: null })).toBe(undefined)
    expect(problemOf("kernel_info_request", { anything: 1 })).toBe(undefined)
    expect(problemOf("toString", {})).toBe(undefined)
  })
})

describe("backpressure", () => {
  it("lets go once what was on its way has gone", () => {
    const memory = new SharedArrayBuffer(4)
    const [printing, publishing] = [new Backpressure(memory), new Backpressure(memory)]
    const message = { type: "stream", parent: "1", name: "stdout", text: "x".repeat(200_000) } as const
    printing.leaving(message)
    publishing.gone(weightOf(message))
    printing.leaving(message)
    expect(new Int32Array(memory)[0]).toBe(200_000)
    publishing.gone(weightOf(message))
    expect(new Int32Array(memory)[0]).toBe(0)
  })
})

describe("the interrupter", () => {
  function make() {
    const memory = new SharedArrayBuffer(stopBytes)
    const told: unknown[] = []
    const ages: number[] = []
    let struck = () => {}
    const strike = new Promise<void>((resolve) => {
      struck = resolve
    })
    const interrupter = new Interrupter(
      memory,
      (message) => told.push(message),
      (age) => {
        ages.push(age)
        struck()
      },
    )
    return { flag: new Int32Array(memory), told, ages, strike, interrupter }
  }

  it("marks, tells and signals the running cell, and stops when it ends", async () => {
    const { flag, told, ages, strike, interrupter } = make()
    interrupter.begin(7)
    interrupter.interrupt()
    expect(flag[0]).toBe(7)
    expect(told).toEqual([{ type: "interrupt", cell: 7 }])
    await strike
    expect(flag[1]).toBeGreaterThan(0)
    expect(ages[0]).toBeGreaterThan(0)
    interrupter.end(7)
    expect(flag[0]).toBe(0)
  })

  it("signals nothing while it is heard, and again once it is not", async () => {
    const { flag, told, ages, interrupter } = make()
    interrupter.begin(7)
    interrupter.interrupt()
    const pings = () => told.filter((message) => (message as ToCells).type === "ping").length
    for (let i = 0; i <= 2; i++) {
      hear(flag, told.at(-1) as ToCells)
      await vi.waitUntil(() => pings() > i, { interval: 1, timeout: 60_000 })
    }
    expect(ages).toEqual([])
    await vi.waitUntil(() => ages.length > 0, { timeout: 60_000 })
    expect([pings(), flag[0], flag[3]]).toEqual([3, stopAll, 1])
    interrupter.end(7)
  })

  it("waits with its signal for work that has seen the Stop itself, but not for ever", async () => {
    const { flag, told, ages, strike, interrupter } = make()
    interrupter.begin(7)
    const interrupted = performance.now()
    for (let i = 0; i < 2; i++) {
      interrupter.interrupt()
      // The Stop before this one counts no more.
      expect(flag[places.seen]).toBe(0)
      flag[places.seen] = 1
    }
    await strike
    // The first strike would have come after a tenth of that.
    expect(performance.now() - interrupted).toBeGreaterThan(240)
    expect([told.length, ages.length]).toEqual([2, 1])
    interrupter.end(7)
  })

  it("names all cells that run, and none that began later or was over", async () => {
    const { flag, told, strike, interrupter } = make()
    const stopped = () => [1, 2, 3, 4].filter((cell) => mustStop(flag, cell))
    interrupter.begin(1)
    interrupter.end(1)
    interrupter.begin(2)
    interrupter.begin(3)
    interrupter.interrupt()
    interrupter.begin(4)
    expect(told).toEqual([
      { type: "interrupt", cell: 2 },
      { type: "interrupt", cell: 3 },
    ])
    expect(stopped()).toEqual([2, 3])
    await strike
    expect(stopped()).toEqual([2, 3])
    interrupter.end(3)
    expect(stopped()).toEqual([2])
    interrupter.end(2)
    expect(stopped()).toEqual([])
    interrupter.end(4)
  })

  it("tells the reader's signals from its own, and from those for cells that are over", async () => {
    const { strike, interrupter } = make()
    interrupter.begin(1)
    expect([interrupter.isReaders([1]), interrupter.isReaders([2])]).toEqual([true, false])
    interrupter.interrupt()
    await strike
    interrupter.end(1)
    interrupter.begin(2)
    expect(interrupter.isReaders([2])).toBe(false)
    interrupter.end(2)
  })

  it("stops only leftover loops between cells, and never what begins later", () => {
    for (const type of ["execute", "comm"] as const) {
      const { flag, told, ages, interrupter } = make()
      interrupter.interrupt()
      // A cell that waits behind such a loop takes nothing back.
      interrupter.begin(8)
      expect(flag[0]).toBe(stopAll)
      hear(flag, { type: "interrupt", cell: noCell })
      hear(flag, { type } as ToCells)
      expect(flag[0]).toBe(0)
      // Told, but no cell is: what no cell waits for may end.
      expect([told, ages]).toEqual([[{ type: "interrupt", cell: noCell }], []])
      interrupter.end(8)
    }
  })

  it("stops whatever runs, functions too, while it is not heard", async () => {
    const { flag, interrupter } = make()
    interrupter.begin(7)
    interrupter.interrupt()
    const states = new Set<string>()
    await vi.waitUntil(() => states.add(`${flag[0]} ${flag[3]}`).has(`${stopAll} 1`), {
      interval: 1,
      timeout: 60_000,
    })
    expect([...states]).toEqual(["7 0", `${stopAll} 1`])
    hear(flag, { type: "interrupt", cell: 7 })
    expect(flag[3]).toBe(0)
    await vi.waitUntil(() => flag[0] === 7, { timeout: 60_000 })
    interrupter.end(7)
    expect(flag[0]).toBe(0)
  })
})

describe.runIf(process.platform === "linux")("child processes", () => {
  const start = async (code: string, options = {}): Promise<ChildProcess> => {
    const child = spawn(process.execPath, ["-e", `${code}; console.log(1)`], { stdio: "pipe", ...options })
    await once(child.stdout!, "data")
    return child
  }
  const wait = "setInterval(() => {}, 1000)"

  it("get a signal, theirs too, but not the detached ones nor the older ones", async () => {
    const older = await start(wait)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const since = performance.now()
    const grandchild = `const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(wait)}]);
      process.on("SIGTERM", () => {}); c.on("exit", (_, signal) => process.exit(signal === "SIGTERM" ? 7 : 1))`
    const [child, detached, family] = await Promise.all([
      start(wait),
      start(wait, { detached: true }),
      start(grandchild),
    ])
    signalChildren("SIGTERM", performance.now() - since)
    // Both are listened to before either ends: the second may be the first.
    const [[, signal], [code]] = await Promise.all([once(child, "exit"), once(family, "exit")])
    expect([signal, code]).toEqual(["SIGTERM", 7])
    expect([older.signalCode, detached.signalCode]).toEqual([null, null])
    older.kill("SIGKILL")
    detached.kill("SIGKILL")
  })
})
