import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

const value = (...cells: string[]) => lastShown(kernel, ...cells)

describe("await at top level", () => {
  const cases: [sentence: string, code: string, shown: string][] = [
    ["in an expression", "1 + (await Promise.resolve(2)) * 3", "7"],
    [
      "in a template, a call, an object and a condition",
      "const o1 = { v: await 1 }; `${" + "await 2}${" + "(await o1).v}` + ((await true) ? 'y' : 'n')",
      "'21y'",
    ],
    [
      "in try, catch and finally",
      "let log1 = ''; try { await Promise.reject(new Error('e')) } catch (e) { log1 += (e as Error).message; await 0 } finally { await 0; log1 += 'f' } log1",
      "'ef'",
    ],
    ["of something that is no promise", "await 5", "5"],
    ["of a thenable", "await ({ then(done: (v: number) => void) { done(8) } } as PromiseLike<number>)", "8"],
    [
      "in a loop with break and continue",
      "let sum1 = 0; outer: for (let i = 0; i < 5; i++) { for (const j of [1, 2]) { if (i === 1) continue outer; if (i === 3) break outer; sum1 += await j } } sum1",
      "6",
    ],
    [
      "in for await over promises",
      "let s2 = 0; for await (const n of [1, Promise.resolve(2), 3]) s2 += n; s2",
      "6",
    ],
    [
      "in for await with destructuring and a label",
      "let s3 = ''; next: for await (const [k, v] of Object.entries({ a: 1, b: 2, c: 3 })) { if (k === 'b') continue next; s3 += k + v } s3",
      "'a1c3'",
    ],
    [
      "in for await that assigns to a variable of the cell",
      "let last1 = 0; for await (last1 of [4, 5]) {} last1",
      "5",
    ],
    [
      "in for await over what is none, in the engine's words",
      "let said = ''; for (const none of [5, null, undefined, {}] as any[]) try { for await (const _ of none); } catch (e) { said += String(e) + '; ' }; said.replaceAll('TypeError: ', '')",
      "'5 is not async iterable; null is not async iterable; undefined is not async iterable; {} is not async iterable; '",
    ],
    [
      "in for await left early, which closes the iterator",
      "let closed = 0; async function* src() { try { yield 1; yield 2 } finally { closed++ } } for await (const _ of src()) break; closed",
      "1",
    ],
    // Node's modules take all of these; here they were SyntaxErrors.
    [
      "in for await whose body declares the loop's name anew",
      "let s4 = 0; for await (const n of [1, 2]) { const n = 5; s4 += n } s4",
      "10",
    ],
    [
      "in for await with two labels",
      "let s5 = ''; one: two: for await (const n of [1, 2, 3]) { if (n === 1) continue one; if (n === 3) break two; s5 += n } s5",
      "'2'",
    ],
    [
      "in the names that for await takes apart",
      "let s6 = 0; for await (const { v = await 4 } of [{}, { v: 2 }] as { v?: number }[]) s6 += v; s6",
      "6",
    ],
    [
      "in for await whose body throws, also where closing throws too",
      "let said2 = ''; const stuck = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }), return: async () => { throw new Error('closing') } }) } as any; try { for await (const _ of stuck) throw new Error('body') } catch (e) { said2 += (e as Error).message } try { for await (const _ of stuck) break } catch (e) { said2 += (e as Error).message } said2",
      "'bodyclosing'",
    ],
    [
      "in for await over iterators that answer with no object, in the engine's words",
      "let said3 = ''; for (const odd of [{ next: () => 5 }, { next: () => ({}), return: () => 6 }, {}, 7] as any[]) try { for await (const _ of { [Symbol.asyncIterator]: () => odd }) break } catch (e) { said3 += (e as Error).message + '; ' } said3",
      "'Iterator result 5 is not an object; Iterator result 6 is not an object; undefined is not a function; Result of the Symbol.asyncIterator method is not an object; '",
    ],
    [
      "in await using",
      "let freed = ''; { await using res = { v: 2, async [Symbol.asyncDispose]() { await 0; freed += 'd' } }; freed += res.v } freed",
      "'2d'",
    ],
    [
      "in using",
      "let freed2 = ''; { using res = { [Symbol.dispose]() { freed2 += 'd' } }; freed2 += typeof res } freed2",
      "'objectd'",
    ],
    ["in using at top level", "using top1 = { v: 3, [Symbol.dispose]() {} }\ntop1.v", "3"],
    [
      "beside async functions of the cell",
      "const later = async (n: number) => { await 0; return n }; (await Promise.all([later(1), later(2)])).join()",
      "'1,2'",
    ],
    [
      "in a class heritage and a computed name",
      "class H1 extends (await Promise.resolve(Map)) { get [await Promise.resolve('x')]() { return 4 } } new H1()['x' as never]",
      "4",
    ],
  ]
  it.each(cases)("works %s", async (_, code, shown) => {
    expect(await value(code)).toBe(shown)
  })

  // The earlier variable was declared in front of the cell: TS2451, "cannot redeclare".
  it("is not in the way of using, whose name may be a variable of earlier cells", async () => {
    const cell = "using top2 = { v: 4, [Symbol.dispose]() {} }\nconst get2 = () => top2.v; get2()"
    expect(await value("let top2 = 'kept'", cell)).toBe("4")
    expect(await value("top2")).toBe("'kept'")
  })
})
