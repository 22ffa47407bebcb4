import { describe, expect, it } from "vitest"
import { Outbox, type Output } from "../../src/kernel/outbox.js"
import { noLimits, Pace } from "../../src/kernel/pace.js"

const second = 1000

/** An outbox with a clock that stands still until the test moves it, and what it has sent. */
function make(limits?: ConstructorParameters<typeof Pace>[0]) {
  let now = 0
  let gone = 0
  const sent: Output[] = []
  const pace = new Pace(limits, () => now)
  const outbox = new Outbox({
    pace,
    send: (output) => sent.push(output),
    gone: (weight) => {
      gone += weight
    },
    delayMs: 1e6,
  })
  return {
    outbox,
    pace,
    sent,
    weightGone: () => gone,
    print: (parent: string, name: string, text: string) =>
      outbox.add({ parent, msgType: "stream", content: { name, text }, weight: text.length }),
    show: (parent: string, msgType: string, content: object) =>
      outbox.add({ parent, msgType, content: { ...content }, weight: 1 }),
    /** Lets the time pass in the steps in which held output goes on. */
    pass(ms: number) {
      for (const end = now + ms; now < end; ) {
        now += 100
        outbox.flush()
      }
    },
    described: () =>
      sent.map(({ parent, msgType, content }) =>
        msgType === "stream" ? `${parent} ${content.name} ${content.text}` : `${parent} ${msgType}`,
      ),
  }
}

describe("the outbox", () => {
  it("joins what a request prints on a stream, and keeps the order of its streams and displays", () => {
    const { outbox, print, show, described } = make()
    print("1", "stdout", "a")
    print("1", "stdout", "b")
    print("1", "stderr", "c")
    print("2", "stderr", "d")
    print("1", "stdout", "e")
    print("2", "stderr", "f")
    expect(described()).toEqual([])
    show("1", "display_data", {})
    print("1", "stdout", "g")
    outbox.flush()
    expect(described()).toEqual([
      "1 stdout ab",
      "1 stderr c",
      "2 stderr df",
      "1 stdout e",
      "1 display_data",
      "1 stdout g",
    ])
  })

  it("lets two and a half megabytes through at once, and the rest evenly, all of it and in order", () => {
    const { print, pass, sent, outbox, weightGone } = make()
    const text = Array.from({ length: 800_000 }, (_, i) => String(i % 10)).join("")
    for (let i = 0; i < 10; i++) print("1", "stdout", text)
    outbox.flush()
    const printed = () => sent.map(({ content }) => content.text).join("")
    expect(printed().length).toBeGreaterThan(2_490_000)
    expect(printed().length).toBeLessThan(2_510_000)
    pass(20 * second)
    expect(printed() === text.repeat(10)).toBe(true)
    expect(weightGone()).toBe(8_000_000)
  })

  it("never sends more than a server lets through in any three seconds", () => {
    const { print, show, pass, sent } = make()
    const counts: { at: number; messages: number; bytes: number }[] = []
    for (let step = 0; step < 200; step++) {
      print("1", step % 3 ? "stdout" : "stderr", '"\n'.repeat(100_000))
      for (let i = 0; i < 200; i++) show("1", "display_data", { i })
      const before = sent.length
      pass(100)
      const now = sent.slice(before)
      const bytes = now.reduce((all, o) => all + (o.content.text ? JSON.stringify(o.content).length : 0), 0)
      counts.push({ at: step, messages: now.length, bytes })
    }
    for (const { at } of counts) {
      const window = counts.filter((other) => other.at > at - 30 && other.at <= at)
      expect(window.reduce((all, { messages }) => all + messages, 0)).toBeLessThan(3000)
      expect(window.reduce((all, { bytes }) => all + bytes, 0)).toBeLessThan(3_000_000)
    }
    expect(sent.length).toBeGreaterThan(5000)
  })

  it("does not cut a character in two", () => {
    const { outbox, print, pass, sent } = make()
    print("1", "stdout", `x${"😀".repeat(2_000_000)}`)
    outbox.flush()
    pass(20 * second)
    for (const { content } of sent) expect(content.text).not.toMatch(/\p{Surrogate}/u)
    expect(sent.length).toBeGreaterThan(2)
    expect(sent.map(({ content }) => content.text).join("")).toHaveLength(4_000_001)
  })

  it("replaces updates of a display by later ones only while they are held back", () => {
    const { show, pass, sent, weightGone } = make()
    const update = (id: string, value: number) =>
      show("1", "update_display_data", { data: { value }, transient: { display_id: id } })
    for (let i = 0; i < 2500; i++) update("a", i)
    expect(sent).toHaveLength(2500)
    for (let i = 0; i < 500; i++) {
      update("a", i)
      update("b", i)
      show("1", "comm_msg", { i })
    }
    pass(10 * second)
    const later = sent.slice(2500)
    expect(later.filter(({ msgType }) => msgType === "comm_msg").map(({ content }) => content.i)).toEqual(
      Array.from({ length: 500 }, (_, i) => i),
    )
    const updates = later.filter(({ msgType }) => msgType === "update_display_data")
    expect(updates.map(({ content }) => content)).toEqual([
      { data: { value: 499 }, transient: { display_id: "a" } },
      { data: { value: 499 }, transient: { display_id: "b" } },
    ])
    expect(weightGone()).toBe(2500 + 1500)
  })

  it("is settled for a request once all of that request is out, whatever others print", async () => {
    const { outbox, print, pass, sent } = make()
    print("1", "stdout", "x".repeat(6_000_000))
    print("2", "stdout", "y")
    let settled = false
    const one = outbox.settled("1").then(() => {
      settled = true
    })
    await outbox.settled("3")
    expect(settled).toBe(false)
    pass(10 * second)
    await one
    await outbox.settled("2")
    expect(sent.at(-1)?.content.text).toBe("y")
  })

  it("has room left for the end of a cell that was held back", async () => {
    const { outbox, print, sent } = make()
    print("1", "stdout", "x".repeat(2_700_000))
    outbox.flush()
    expect(sent.map(({ content }) => String(content.text).length)).toEqual([2_498_998])
    await outbox.settled("1")
    expect(sent).toHaveLength(2)
  })

  it("holds nothing back where no server is between", () => {
    const { outbox, print, show, sent } = make(noLimits)
    for (let i = 0; i < 5000; i++) show("1", "display_data", { i })
    print("1", "stdout", "x".repeat(9_000_000))
    outbox.flush()
    expect(sent).toHaveLength(5001)
  })

  it("starts anew when the server does", () => {
    const { outbox, pace, print, sent } = make()
    print("1", "stdout", "x".repeat(2_000_000))
    outbox.flush()
    pace.reset()
    print("2", "stdout", "x".repeat(2_000_000))
    outbox.flush()
    expect(sent).toHaveLength(2)
  })
})
