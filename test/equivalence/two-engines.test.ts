import { describe, expect, test } from "vitest"
import { compareNets, type SideChoice } from "../../src/equivalence/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { bn, conv, image, layer, randomNet, relu, scale, withParameter } from "../transforms/random-net.js"

const net = randomNet(
  [
    image,
    conv("c", "data", "c"),
    bn("bn", "c"),
    scale("sc", "c"),
    relu("r", "c"),
    layer("p", "Softmax", "c", "p"),
  ].join("\n"),
)
const webasm = { engine: "gpu", backend: "webasm" } as const
const cpu = { engine: "gpu", backend: "cpu" } as const

describe.each<[string, SideChoice, SideChoice]>([
  ["the reference against webasm", "reference", webasm],
  ["webasm against the reference", webasm, "reference"],
  ["webasm against cpu", webasm, cpu],
])("%s", (_name, first, second) => {
  const words = (choice: SideChoice) =>
    typeof choice === "string" ? `${choice} (typescript)` : `${choice.engine} (${choice.backend})`

  test("one net is equivalent to itself, and the verdict names both engines", async () => {
    const verdict = await compareNets(net, net, { engines: [first, second] })
    expect(verdict.why).toContain("within their bounds")
    expect(verdict.equivalent).toBe(true)
    expect(verdict.ran).toBe(`${words(first)} against ${words(second)}`)
    expect(String(verdict)).toContain(`on ${verdict.ran}: `)
    expect(verdict.toJSON()).toMatchObject({ against: { engine: expect.any(String) } })
    // Sums in float32 are not sums in double, and webasm's softmax is not cpu's.
    expect(verdict.worst!.difference).toBeGreaterThan(0)
    expect(verdict.endToEnd[0]!.difference).toBeGreaterThan(0)
  })

  test("so is a folded net, and one wrong weight of it is found", async () => {
    const folded = foldBatchNorm(net).net
    expect((await compareNets(net, folded, { engines: [first, second] })).equivalent).toBe(true)
    const broken = withParameter(folded, "c", 1, 1, 1.001)
    const verdict = await compareNets(net, broken, { engines: [first, second] })
    expect(verdict.equivalent).toBe(false)
    expect(verdict.first).toMatchObject({ channel: 1 })
  })
})

test("with one engine, nothing stands against it", async () => {
  const verdict = await compareNets(net, net, { engine: "gpu", backend: "cpu" })
  expect(verdict.against).toBeUndefined()
  expect(verdict.ran).toBe("gpu (cpu)")
})

test("one engine and two engines at once are refused", async () => {
  await expect(compareNets(net, net, { engine: "gpu", engines: ["reference", "gpu"] })).rejects.toThrow(
    "engine asked for twice: gpu; give engines alone, each with its backend: { engine, backend }",
  )
})
