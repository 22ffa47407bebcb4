import { describe, expect, test } from "vitest"
import { diagnose } from "../../src/diagnosis/index.js"
import { numbers, randomNet } from "../transforms/random-net.js"
import { block, bugsOf, merged, net, tail } from "./nets.js"
import { formula, mergeScript, withData } from "./scripts.js"

describe("numbers", () => {
  /** float16: 11 significant bits. */
  const rounded = (x: number) => {
    const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(x) || 1))) - 10)
    const scaled = x / step
    const down = Math.floor(scaled)
    return (scaled - down > 0.5 || (scaled - down === 0.5 && down % 2 !== 0) ? down + 1 : down) * step
  }

  test("all weights rounded to float16", async () => {
    const half = withData(merged, ({ blobs }) => blobs.map(({ data }) => data.map(rounded)))
    const { findings } = await diagnose(net, half)
    expect(findings.map(({ bug, layer }) => [bug, layer])).toEqual([
      ["rounded to float16", "c1"],
      ["rounded to float16", "c2"],
      ["rounded to float16", "ip"],
    ])
  })

  test("a fold with another eps, then rounded to float16", async () => {
    const wrong = mergeScript(net, formula({ alpha: ({ v, g }) => g / (v + 1e-5) }))
    const half = withData(wrong, ({ blobs }) => blobs.map(({ data }) => data.map(rounded)))
    const { findings } = await diagnose(net, half)
    expect(findings.slice(0, 2).map(({ bug, layer }) => [bug, layer])).toEqual([
      ["root forgotten", "bn1"],
      ["rounded to float16", "c1"],
    ])
  })

  test("weights that nobody can explain are said to be so, with what can be said", async () => {
    const factor = withData(merged, ({ name, blobs }) =>
      name === "c1" ? [blobs[0]!.data.map((w) => w * 1.5), blobs[1]!.data] : undefined,
    )
    const { findings } = await diagnose(net, factor)
    expect(findings.map(({ bug, layer, into }) => [bug, layer, into])).toEqual([["unexplained", "c1", "c1"]])
    expect(findings[0]!.evidence).toContain("all are 1.5 times as large")

    const some = withData(merged, ({ name, blobs }) =>
      name === "c1" ? [blobs[0]!.data.map((w, i) => (i < 27 ? w * 2 : w)), blobs[1]!.data] : undefined,
    )
    expect((await diagnose(net, some)).findings[0]!.evidence).toContain(
      "one factor a channel, 1 to 2, off in 1 of 4",
    )

    const shifted = withData(merged, ({ name, blobs }) =>
      name === "c1" ? [blobs[0]!.data, blobs[1]!.data.map((b) => b + 4)] : undefined,
    )
    expect((await diagnose(net, shifted)).findings[0]!.evidence).toContain(
      "the weights are right; all biases are off by 4",
    )

    const random = numbers(99)
    const noisy = withData(merged, ({ name, blobs }) =>
      name === "c2" ? [blobs[0]!.data.map((w) => w + 0.1 * random()), blobs[1]!.data] : undefined,
    )
    const [finding] = (await diagnose(net, noisy)).findings
    expect(finding!.bug).toBe("unexplained")
    expect(finding!.evidence).toMatch(/no common factor in a channel, cosine 0\.99/)
  })

  test("unrelated nets", async () => {
    const stranger = randomNet([...block, ...tail].join("\n"), 77)
    expect(await bugsOf(net, mergeScript(stranger, formula()))).toEqual([["unrelated nets", "data"]])
  })
})
