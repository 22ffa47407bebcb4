import { describe, expect, it } from "vitest"
import { forward, TrainingPass } from "../../src/engines/index.js"
import { type Compiled, KeptPlans } from "../../src/engines/kept-plans.js"
import { Net } from "../../src/net/index.js"
import { smallNet } from "./gpu/small-net.js"

/** Plans that note when they are made and when they go. */
function plans(mayWait = true) {
  const log: string[] = []
  const compile = (name: string) => async (): Promise<Compiled> => {
    log.push(`made ${name}`)
    const dispose = () => void log.push(`gone ${name}`)
    return { plan: { engine: "onnx", backend: name, mayWait, run: async () => new Map(), dispose } }
  }
  return { log, compile }
}

const nameOf = async ({ plan }: Compiled) => plan.backend
const emptyNet = () => new Net({ name: "", layers: [] })
const nextTurn = () => new Promise(setImmediate)

describe("the plan that is kept between passes", () => {
  it("is made once for a net and a key, and goes when another one is made", async () => {
    const { log, compile } = plans()
    const kept = new KeptPlans(1)
    const net = emptyNet()
    for (let i = 0; i < 3; i++) expect(await kept.use(net, "small", compile("a"), nameOf)).toBe("a")
    expect(log).toEqual(["made a"])
    expect(await kept.use(net, "large", compile("b"), nameOf)).toBe("b")
    await nextTurn()
    expect(log).toEqual(["made a", "made b", "gone a"])
    expect(await kept.use(emptyNet(), "large", compile("c"), nameOf)).toBe("c")
    await nextTurn()
    expect(log).toEqual(["made a", "made b", "gone a", "made c", "gone b"])
  })

  it("are two unless told: a net and what became of it", async () => {
    const { log, compile } = plans()
    const kept = new KeptPlans()
    const [before, after, third] = [emptyNet(), emptyNet(), emptyNet()]
    for (let i = 0; i < 3; i++) {
      expect(await kept.use(before, "", compile("before"), nameOf)).toBe("before")
      expect(await kept.use(after, "", compile("after"), nameOf)).toBe("after")
    }
    expect(log).toEqual(["made before", "made after"])
    await kept.use(before, "", compile("never"), nameOf)
    await kept.use(third, "", compile("third"), nameOf)
    await nextTurn()
    expect(log).toEqual(["made before", "made after", "made third", "gone after"])
  })

  it("is shared by passes at the same time, and waits for the last of them to go", async () => {
    const { log, compile } = plans()
    const kept = new KeptPlans(1)
    const net = emptyNet()
    let finish = () => {}
    const pause = new Promise<void>((resolve) => {
      finish = resolve
    })
    const long = kept.use(net, "", compile("a"), () => pause)
    expect(await kept.use(net, "", compile("never"), nameOf)).toBe("a")
    await kept.use(net, "other", compile("b"), nameOf)
    await nextTurn()
    expect(log).toEqual(["made a", "made b"])
    finish()
    await long
    expect(log).toEqual(["made a", "made b", "gone a"])
  })

  it("is gone when the pass ends where it may not wait", async () => {
    const { log, compile } = plans(false)
    const kept = new KeptPlans(1)
    const net = emptyNet()
    for (let i = 0; i < 2; i++) await kept.use(net, "", compile("a"), nameOf)
    expect(log).toEqual(["made a", "gone a", "made a", "gone a"])
  })

  it("is made anew after a pass that failed, and after a compilation that did", async () => {
    const { log, compile } = plans()
    const kept = new KeptPlans(1)
    const net = emptyNet()
    const fail = () => Promise.reject(new Error("failed"))
    await expect(kept.use(net, "", compile("a"), fail)).rejects.toThrow("failed")
    await expect(kept.use(net, "", fail, nameOf)).rejects.toThrow("failed")
    expect(await kept.use(net, "", compile("b"), nameOf)).toBe("b")
    expect(log).toEqual(["made a", "gone a", "made b"])
  })

  it("stays where another pass has a plan that is not to last, which is gone when the pass ends", async () => {
    const { log, compile } = plans()
    const kept = new KeptPlans(1)
    const net = emptyNet()
    await kept.use(net, "", compile("a"), nameOf)
    const both = ["b", "c"].map((name) => kept.use(net, "", compile(name), nameOf, { lasts: false }))
    expect(await Promise.all(both)).toEqual(["b", "c"])
    expect(log.toSorted()).toEqual(["gone b", "gone c", "made a", "made b", "made c"])
    expect(await kept.use(net, "", compile("never"), nameOf)).toBe("a")
  })
})

it("a net in training runs with the parameters that it has now", async () => {
  const { net, data } = smallNet()
  const inputs = { data: { shape: [1, 3, 12, 12], data } }
  const training = new TrainingPass(net)
  // Other nets may read the same parameters: one for testing what another learns.
  const inTest = training.net.with(training.net.layers.filter(({ type }) => type !== "Softmax"))
  const score = async () => (await forward(inTest, inputs, { engine: "onnx" })).outputs.score!.data
  expect(await score()).not.toEqual(new Float32Array(5))
  for (const { layer, data } of training.parameters) if (layer === "score") data.fill(0)
  expect(await score()).toEqual(new Float32Array(5))
})
