import { expect, test } from "vitest"
import { textOf } from "./text.mjs"

const ms = (median: number) => ({ median, least: median, most: median })
const timed = (median: number) => ({ "as it is": { ms: ms(median), difference: 0, floors: 0 } })

const document = {
  machine: {
    cpu: "a CPU",
    cores: 2,
    memoryGb: 8,
    platform: "linux x64",
    node: "v20",
    loadBefore: 1,
    loadAfter: 2,
  },
  rounds: 3,
  nets: {
    det1: {
      title: "MTCNN det1, 216x384",
      foldNote: "nothing to fold",
      shape: [1, 3, 216, 384],
      macs: 145e6,
      yardstick: "native",
      contestants: {
        ours: {
          ...{ title: "ours", isOurs: true, backend: "webgpu", isSoftware: true },
          ...{ forms: timed(30), toYardstick: ms(2) },
        },
        native: {
          ...{ title: "native", isOurs: false, backend: "cpu", isSoftware: false },
          ...{ forms: timed(15), toYardstick: ms(1) },
        },
        broken: {
          ...{ title: "broken", isOurs: false, isSoftware: false },
          forms: { "as it is": { left: "wrong answer: 0.5 away, 900 rounding floors" } },
        },
      },
    },
    det2: { title: "MTCNN det2", foldNote: "not in models", contestants: {} },
  },
  growth: [],
  targets: [
    {
      net: "det1",
      of: "ours",
      against: "native",
      atMost: 1.15,
      ratio: ms(2),
      isMet: false,
      why: "it is slow",
    },
    { net: "det1", of: "ours", against: "broken", atMost: 1, isMet: false, note: "broken: wrong answer" },
  ],
}
const lines = textOf(document).split("\n")
const line = (start: string) => lines.find((each) => each.startsWith(start))?.replace(/ {2,}/g, " | ")

test("the table says what ran, and marks a graphics card made of software", () => {
  expect(line("ours  ")).toBe("ours | webgpu, software | 30 | 30 | 2 | 0.0e+0 | 0")
  expect(lines).toContain("MTCNN det1, 216x384: 145 million multiply-accumulates; nothing to fold")
})

test("a wrong answer gets a line and no time, a net that is missing a line alone", () => {
  expect(lines).toContain("broken: no time: wrong answer: 0.5 away, 900 rounding floors")
  expect(lines).toContain("MTCNN det2: not in models")
})

test("a target is met, missed with what bounds it, or without a verdict because a side has no time", () => {
  expect(line("det1  ")).toBe("det1 | ours | ≤ 1.15 × native | 2 | 2 to 2 | missed")
  expect(lines).toContain("ours on det1: it is slow")
  expect(lines.at(-2)).toMatch(/broken: wrong answer$/)
})
