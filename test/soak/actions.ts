import { expect } from "vitest"
import { below } from "../fuzz/random.js"
import { printed } from "../kernel/client.js"
import type { World } from "./world.js"

interface Action {
  /** How often it comes, beside the others. */
  weight: number
  /** Asks something of the kernel, usually one cell, and throws unless the answer is right. */
  run: (world: World) => Promise<unknown>
}

/** What a reader, and the page before them, does to a kernel all day. */
export const actions: Record<string, Action> = {
  "declare a name anew": {
    weight: 6,
    async run(world) {
      const { code } = world.declare()
      const sum = world.sum()
      expect((await world.cell(`${code}\n${sum.code}`)).text).toBe(String(sum.value))
    },
  },
  "use what is there": {
    weight: 6,
    async run(world) {
      const sum = world.sum()
      expect((await world.cell(sum.code)).text).toBe(String(sum.value))
    },
  },
  "assign, then throw": {
    weight: 3,
    async run(world) {
      const message = `wrong ${below(world.random, 100)}`
      const { reply } = await world.failing(
        `${world.assign()}\nthrow new RangeError("${message}")`,
        "RangeError",
      )
      expect(reply.content.evalue).toBe(message)
    },
  },
  "a type error changes nothing": {
    weight: 3,
    async run(world) {
      const sum = world.sum()
      await world.failing(`const wrong: number = "text"\n${sum.code}`, "TS2322")
      expect((await world.cell(sum.code)).text).toBe(String(sum.value))
    },
  },
  "interrupt a loop": {
    weight: 1,
    async run(world) {
      world.expectError(await world.interrupted(`${world.assign()}\nwhile (true) {}`), "Interrupted")
      const sum = world.sum()
      expect((await world.cell(sum.code)).text).toBe(String(sum.value))
    },
  },
  "interrupt a pending await": {
    weight: 1,
    async run(world) {
      world.expectError(await world.interrupted("await new Promise(() => {})"), "Interrupted")
    },
  },
  "abort what is queued behind an error": {
    weight: 1,
    async run(world) {
      const first = await world.sendCell(`${world.assign()}\nthrow new Error("first")`)
      const behind = await world.sendCell("console.log('never')")
      world.expectError(await world.finished(first), "Error")
      const { reply, outputs } = await world.finished(behind)
      expect([reply.content.status, outputs]).toEqual(["aborted", []])
    },
  },
  "print lines": {
    weight: 4,
    async run(world) {
      const count = 1 + below(world.random, 200)
      const cell = await world.cell(`for (let i = 0; i < ${count}; i++) console.log("line", i)`)
      expect(printed(cell)).toBe(Array.from({ length: count }, (_, i) => `line ${i}\n`).join(""))
    },
  },
  "print from a timer": {
    weight: 1,
    async run(world) {
      const cell = await world.cell(
        `setTimeout(() => console.log("late"), 1)\nawait new Promise((done) => setTimeout(done, 20))`,
      )
      expect(printed(cell)).toBe("late\n")
    },
  },
  "display and update": {
    weight: 2,
    async run(world) {
      const value = below(world.random, 1000)
      const { outputs } = await world.cell(
        `display({ "text/html": "<i>${value}</i>" }, { raw: true, displayId: "d" })
         updateDisplay("d", { "text/html": "<b>${value}</b>" }, { raw: true })`,
      )
      const shown = outputs.map((m) => [m.header.msg_type, m.content.data])
      expect(shown).toEqual([
        ["display_data", { "text/html": `<i>${value}</i>` }],
        ["update_display_data", { "text/html": `<b>${value}</b>` }],
      ])
    },
  },
  "a comm from open to close": {
    weight: 2,
    async run(world) {
      const comm_id = `comm-${below(world.random, 1e9)}`
      await world.cell(
        `registerCommTarget("echo", (comm) => { comm.onMessage = (data) => comm.send({ got: data }) })`,
      )
      await world.comm("comm_open", { comm_id, target_name: "echo", data: {} })
      for (let i = 0; i < 3; i++) {
        const [echo] = await world.comm("comm_msg", { comm_id, data: { i } })
        expect(echo?.content).toEqual({ comm_id, data: { got: { i } } })
      }
      await world.comm("comm_close", { comm_id, data: {} })
      const { content } = await world.request("comm_info_request", { target_name: "echo" })
      expect(content.comms).toEqual({})
    },
  },
  "complete a name": {
    weight: 3,
    async run(world) {
      const { code, name } = world.declare()
      await world.cell(code)
      const asked = `${world.sum().code} + ${name}`
      const { content } = await world.request("complete_request", { code: asked, cursor_pos: asked.length })
      expect(content.matches).toContain(name)
    },
  },
  "inspect a function": {
    weight: 2,
    async run(world) {
      const code = `JSON.stringify(${below(world.random, 1000)})`
      const { content } = await world.request("inspect_request", { code, cursor_pos: 9, detail_level: 0 })
      expect(content.found).toBe(true)
    },
  },
  "ask whether a cell is complete": {
    weight: 1,
    async run(world) {
      const { content } = await world.request("is_complete_request", { code: "function f() {" })
      expect(content.status).toBe("incomplete")
    },
  },
}
