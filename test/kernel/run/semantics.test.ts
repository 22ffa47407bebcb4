import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown, resultText, runCells } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

const value = (...cells: string[]) => lastShown(kernel, ...cells)

describe("names of earlier cells", () => {
  const cases: [sentence: string, cells: string[], shown: string][] = [
    ["let is changed by a later cell", ["let a1 = 1", "a1 = 41", "a1 + 1"], "42"],
    ["let is counted up and compounded", ["let a2 = 1", "a2++; a2 += 2; --a2", "a2"], "3"],
    [
      "closures see what a later cell assigns",
      ["let b1 = 1; const get1 = () => b1", "b1 = 7", "get1()"],
      "7",
    ],
    [
      "closures see a variable that is declared anew",
      ["let b2 = 1; const get2 = () => b2", "let b2 = 'new'", "get2()"],
      "'new'",
    ],
    [
      "a later arrow function is what an earlier function calls",
      ["let f1 = () => 1; function call1() { return f1() }", "f1 = () => 2", "call1()"],
      "2",
    ],
    [
      "a function declared anew is what an earlier function calls",
      [
        "function f2() { return 1 }; function call2() { return f2() }",
        "function f2() { return 2 }",
        "call2()",
      ],
      "2",
    ],
    [
      "a class declared anew is what an earlier function makes",
      ["class K1 { v = 1 }; function make1() { return new K1().v }", "class K1 { v = 2 }", "make1()"],
      "2",
    ],
    // As with variables; a method of the function's name went on with the old function.
    [
      "a function declared anew is what a method of the same name calls",
      [
        "function f3() { return 1 }; class K2 { f3() { return f3() } }",
        "function f3() { return 2 }",
        "new K2().f3()",
      ],
      "2",
    ],
    // TypeScript's CommonJS has `this` be its exports here: in a cell it was the object with all variables.
    [
      "a function has no this where it is a template's tag, stands in brackets or is cast",
      [
        "function bare(this: unknown, ..._: any[]) { return this === undefined }; const calls = () => [bare`x`, (bare)(), (bare as any)(1), bare!(), bare?.()]; calls().join()",
      ],
      "'true,true,true,true,true'",
    ],
    [
      "a function in a variable has no this, either, where it stands in brackets or is cast",
      [
        "let bare2: any = function (this: unknown) { return this === undefined }; [(bare2)(), (bare2 as any)(1), bare2!(), bare2`x`, (bare2)?.()].join()",
        "[(bare2)(), (bare2 as any)(1), bare2!(), bare2`x`, (bare2)?.()].join()",
      ],
      "'true,true,true,true,true'",
    ],
    [
      "a function of one case of a switch is the one that its other cases call",
      [
        "function f4() { return 'outer' }; function pick(n: number) { switch (n) { case 0: function f4() { return 'inner' }; return ''; default: return f4() } }; pick(1)",
      ],
      "'inner'",
    ],
    [
      "a function that another one assigns to is changed for the rest of the cell",
      ["// @ts-nocheck\nfunction f5() { return 1 }; function change() { f5 = () => 2 }; change(); f5()"],
      "2",
    ],
    // As by themselves in Node: variables are properties here, which give functions no names.
    [
      "functions and classes are named after the variables they are assigned to",
      [
        "let n1: any; n1 = () => 1; let n2: any; n2 ??= class {}; const { n3 = function () {} } = {} as any, n4 = (() => 1) as () => number, n5 = (class {})",
        "let n6: any; [n6 = async () => {}] = [] as any[]; n1 = (x: number) => x; for (var n7 = () => {}; ; ) break",
        "[n1, n2, n3, n4, n5, n6, n7].map((each) => each.name).join()",
      ],
      "'n1,n2,n3,n4,n5,n6,n7'",
    ],
    [
      "const may become let, class, function and enum",
      ["const c1 = 1", "let c1 = 2", "class c1 {}", "enum c1 { x = 5 }", "c1.x"],
      "5",
    ],
    ["a name may change its type", ["let d1: number = 1", "let d1: string = 'x'", "d1.length"], "1"],
    [
      "types are kept, generic ones too",
      [
        "type Pair<T> = [T, T]; interface Named { name: string }",
        "const p1: Pair<Named> = [{ name: 'a' }, { name: 'b' }]",
        "p1[1].name",
      ],
      "'b'",
    ],
    [
      "a class of an earlier cell is extended",
      [
        "class Base1<T> { constructor(readonly v: T) {} }",
        "class Sub1 extends Base1<number> { twice() { return this.v * 2 } }",
        "new Sub1(4).twice()",
      ],
      "8",
    ],
    [
      "an abstract class with parameter properties and statics",
      [
        "abstract class Ab { static made = 0; constructor(protected n: number) { Ab.made++ } abstract go(): number }",
        "class Do extends Ab { go() { return this.n + Ab.made } }",
        "new Do(3).go()",
      ],
      "4",
    ],
    [
      "an enum and a namespace keep their values",
      ["enum Color { red = 'r' } namespace Util { export const one = 1 }", "Color.red + Util.one"],
      "'r1'",
    ],
    // The compiler does not see the other cell: it made `all` undefined, and said nothing.
    [
      "an enum counts on from a member of an earlier one",
      [
        "enum Flag { read = 1, write }",
        "const enum Mode { some = Flag.write, more, all }",
        "[Mode.more, Mode.all].join()",
      ],
      "'3,4'",
    ],
    [
      "destructuring declares every name",
      [
        "const { x: dx, ...rest1 } = { x: 1, y: 2, z: 3 }; const [h1, , ...t1] = [1, 2, 3, 4]",
        "JSON.stringify([dx, rest1, h1, t1])",
      ],
      '\'[1,{"y":2,"z":3},1,[3,4]]\'',
    ],
    [
      "var in a block and in a loop belongs to the cell",
      ["if (true) { var hoisted = 3 } for (var turn = 0; turn < 2; turn++) {}", "hoisted + turn"],
      "5",
    ],
    // "Illegal continue statement: 'next1' does not denote an iteration statement", in TypeScript's CommonJS too.
    [
      "a loop over var is left and continued by its label",
      [
        "let passed1 = ''; next1: for (var v1 = 0; v1 < 3; v1++) for (var v2 = 0; ; v2++) { if (v2 > v1) continue next1; passed1 += v1 + v2 }; passed1",
        "passed1 + v1 + v2",
      ],
      "'01223433'",
    ],
    // The later ones were variables of nobody.
    [
      "var in several places is one variable",
      [
        "var many1 = 1; try { var many1 = 2; if (many1) { var many1 = many1 + 1, [many2, { many3 = 7, ...many4 }] = [5, { a: 1 }] as any } } finally { for (var many5 of [8]); for (var many6 in { k: 1 }); }",
        "JSON.stringify([many1, many2, many3, many4, many5, many6])",
      ],
      '\'[3,5,7,{"a":1},8,"k"]\'',
    ],
    [
      "a name shadowed inside a function stays its own",
      ["let sh = 1", "function inner() { const sh = 5; return { sh } }; sh = inner().sh + 1", "sh"],
      "6",
    ],
    [
      "a shorthand property means the variable",
      ["let short = 9", "JSON.stringify({ short })"],
      "'{\"short\":9}'",
    ],
    [
      "names of globals may be used without touching them",
      [
        "const performance = 'mine', name = 'n', status = 1",
        "performance + name + status + typeof globalThis.performance.now",
      ],
      "'minen1function'",
    ],
    [
      "generators and async generators",
      [
        "function* gen1() { yield 1; yield 2 } async function* agen() { yield* gen1() }",
        "const got: number[] = []; for await (const v of agen()) got.push(v); got.join()",
      ],
      "'1,2'",
    ],
    [
      "a decorated class",
      [
        "function tag(c: new () => object, _: ClassDecoratorContext) { (c as unknown as { tagged: boolean }).tagged = true }",
        "@tag class Deco {}",
        "(Deco as unknown as { tagged: boolean }).tagged",
      ],
      "true",
    ],
    [
      "overloads",
      [
        "function over(x: number): number; function over(x: string): string; function over(x: any) { return x }",
        "over('s') + over(1)",
      ],
      "'s1'",
    ],
    [
      "satisfies, as const and non-null",
      [
        "const conf = { a: [1, 2] } satisfies Record<string, number[]>; const lit = ['x'] as const",
        "conf.a[0]! + lit[0].length",
      ],
      "2",
    ],
  ]
  it.each(cases)("%s", async (_, cells, shown) => {
    expect(await value(...cells)).toBe(shown)
  })

  it.each([
    ["a number", "const lit1 = 5", "let wide1 = lit1; wide1 = 6; wide1", "6"],
    ["a negative number", "const lit2 = -1.5e3", "let wide2 = lit2; wide2++; wide2", "-1499"],
    ["a truth", "const lit5 = true", "let wide5 = lit5; wide5 = false; wide5", "false"],
    ["a text", "const lit3 = 'a\\'b'", "let wide3 = lit3; wide3 = 'c'; wide3", "'c'"],
    [
      "a literal beside a class",
      "const lit4 = 7; class Beside {}",
      "let wide4 = lit4; wide4 = 8; wide4",
      "8",
    ],
  ])("a constant that is %s makes variables of any such value", async (_, first, second, shown) => {
    expect(await value(first, second)).toBe(shown)
  })

  it.each([
    [
      "objects, arrays, tuples and functions",
      "const pl1 = { a: [1, 2], f: (n: number, s?: string) => String(n) + s, t: [1, 'x'] as [number, string] }",
      "pl1.f(pl1.a[0]!, pl1.t[1]).length",
      "2",
    ],
    ["a class's instance", "class Inst { v = 1 }; const pl2 = [new Inst()]", "pl2[0]!.v", "1"],
    ["a Map of Dates", "const pl3 = new Map([['k', new Date(0)]])", "pl3.get('k')!.getTime()", "0"],
    [
      "a symbol and an enum member",
      "const pl4 = Symbol('s'); enum En { a = 'A' }; const pl5 = En.a",
      "typeof pl4 + pl5",
      "'symbolA'",
    ],
    ["a generic function", "const pl6 = <T,>(x: T): T[] => [x]", "pl6('y')[0]!.length", "1"],
    [
      "a long union of texts",
      "const pl7 = ['a', 'b', 'c'] as ('a' | 'b' | 'c')[]",
      "pl7.includes('c')",
      "true",
    ],
  ])("keep the type of %s", async (_, first, second, shown) => {
    expect(await value(first, second)).toBe(shown)
  })

  // A constant of an earlier cell was its literal for good, and a function gave literals: "Type 'false' is not assignable to
  // type 'true'".
  it.each([
    ["one of the booleans", "const w1 = true", "let w1b = w1", "w1b = false; w1b", "false"],
    ["one of two numbers", "const w2 = Math.random() < 2 ? 224 : 112", "let w2b = w2", "w2b = 10; w2b", "10"],
    [
      "a number or nothing",
      "const w3 = Math.random() < 2 ? 1 : undefined",
      "let w3b = w3",
      "w3b = 2; w3b",
      "2",
    ],
    ["another constant", "const w4 = 5; const w4b = w4", "const w4c = { n: w4b }", "w4c.n = 6; w4c.n", "6"],
    ["text in brackets", "const w5 = ('a')", "let w5b = w5", "w5b = 'b'; w5b", "'b'"],
    [
      "what a function picks",
      "function w6(b: boolean) { return b ? 'a' : 'b' }",
      "let w6b = w6(true)",
      "w6b = 'c'; w6b",
      "'c'",
    ],
    [
      "what an arrow picks",
      "const w7 = { f: (b: boolean) => b ? 1 : 2 }",
      "let w7b = w7.f(true)",
      "w7b = 3; w7b",
      "3",
    ],
  ])("are wider in variables that are made of them: %s", async (_, ...cells) => {
    expect(await value(...cells.slice(0, -1))).toBe(cells.at(-1))
  })

  it.each([
    ["as const", "const x1 = 5 as const", "let x1b = x1", "x1b = 6"],
    ["by its own type", "const x2: 'a' | 'b' = Math.random() < 2 ? 'a' : 'b'", "let x2b = x2", "x2b = 'c'"],
    ["by what it returns", "function x3(): 1 | 2 { return 1 }", "let x3b = x3()", "x3b = 3"],
    [
      "by the function that gave it",
      "function x4(): 'a' | 'b' { return 'a' }\nconst x4b = x4()",
      "let x4c = x4b",
      "x4c = 'c'",
    ],
  ])("are literals for good where the cell says so: %s", async (_, ...cells) => {
    expect(await value(...cells)).toMatch(/^Type '.*' is not assignable to type/)
  })

  // A constant of an earlier cell had a written type, so that what tsc refuses was right, in functions that go on.
  it("are assertions only where their type is written down, as in one program", async () => {
    const never = "const stop1 = (): never => { throw new Error('no') }"
    const use = "function use1(s?: string) { if (!s) stop1(); return s.length }"
    expect(await value(never, use)).toBe("'s' is possibly 'undefined'.")
    expect(await value(never.replace("=", ": () => never ="), use, "use1('abc')")).toBe("3")
    const asserts = "const text1 = (s: unknown): asserts s is string => {}"
    expect(await value(asserts, "function use2(s: unknown) { text1(s); return s.length }")).toMatch(
      "Assertions require every name in the call target to be declared with an explicit type annotation.",
    )
    expect(
      await value("const symbol1 = Symbol()", "const keyed1 = { [symbol1]: 4 }", "keyed1[symbol1]"),
    ).toBe("4")
  })

  it("assigning to a const of an earlier cell is TS2588", async () => {
    const { reply } = await runCells(kernel, "const fixed = 1", "fixed = 2")
    expect(reply.content).toMatchObject({ status: "error", ename: "TS2588" })
  })

  // "Cannot assign to 'Sealed' because it is an import.", which the reader has never written.
  it.each([
    ["class", "class Sealed1 {}", "Sealed1 = null", "Cannot assign to 'Sealed1' because it is a class."],
    ["enum", "enum Sealed2 { a }", "Sealed2 = null", "Cannot assign to 'Sealed2' because it is an enum."],
    [
      "namespace",
      "namespace Sealed3 { export const a = 1 }",
      "Sealed3 = null",
      "Cannot assign to 'Sealed3' because it is a namespace.",
    ],
    [
      "generic function",
      "function Sealed4<T>(t: T) { return t }",
      "Sealed4 = (t) => t",
      "Cannot assign to 'Sealed4' because it is a function.",
    ],
    [
      "constant that is a type too",
      "const Sealed5 = 1; type Sealed5 = 'a'",
      "Sealed5++",
      "Cannot assign to 'Sealed5' because it is a constant.",
    ],
  ])("cannot be assigned to, and are what the cell declared: a %s", async (_, first, second, message) => {
    expect(await value(first, second)).toBe(message)
  })

  it("a variable that has no type yet gets one from later cells", async () => {
    expect(await value("let open1", "open1 = 5", "open1 + 1")).toBe("6")
  })

  it("those assigned before a throw survive, later ones are undefined", async () => {
    await kernel.execute("let q1 = 1, w1 = 2; const before = q1; throw new Error('x'); let z1 = 3")
    expect(await value("JSON.stringify([q1, w1, before, typeof z1])")).toBe("'[1,2,1,\"undefined\"]'")
  })

  it("a cell that was refused declares nothing", async () => {
    await kernel.execute("const refused: number = 'text'")
    expect((await kernel.execute("refused")).reply.content.ename).toBe("TS2304")
  })

  it("are suggested where one is misspelt", async () => {
    const { reply } = await runCells(kernel, "const wavelength = 3", "wavelenght + 1")
    expect(reply.content.ename).toBe("TS2304")
  })
})

describe("results", () => {
  const cases: [code: string, shown: string | undefined][] = [
    ["5;", "5"],
    ["let r1 = 5", undefined],
    ["function r2() {}", undefined],
    ["if (true) 5", undefined],
    ["({ a: 1 })", "{ a: 1 }"],
    ["'use strict'", "'use strict'"],
    ["void 0", undefined],
    ["// only a comment", undefined],
    ["", undefined],
    ["let r3 = 1\nr3 = 6", "6"],
    ["() => 1", "[Function (anonymous)] ()"],
    ["new Promise(() => {})", "Promise { <pending> }"],
    ["({ a: [Promise.resolve(new Map([[1, 2]]))] })", "{ a: [ Promise { Map(1) { 1 => 2 } } ] }"],
    ["-0", "-0"],
    ["`a\nb`", "'a\\nb'"],
  ]
  it.each(cases)("of %j is %j", async (code, shown) => {
    const cell = await kernel.execute(code)
    expect(cell.reply.content.status).toBe("ok")
    expect(resultText(cell)).toBe(shown)
  })
})

describe("imports", () => {
  it("of a cell are in scope of later ones, in closures too", async () => {
    expect(
      await value(
        'import { basename as base, type ParsedPath } from "node:path"\nimport * as os from "node:os"\nimport fs from "node:fs"',
        "const useIt = (p: string): ParsedPath['base'] => base(p)",
        "useIt('/x/y.ts') + typeof os.EOL + typeof fs.readFileSync",
      ),
    ).toBe("'y.tsstringfunction'")
  })

  it("print nothing of Node's own", async () => {
    const fresh = await KernelClient.start()
    const cell = await fresh.execute(
      'import { sep } from "node:path"\nconst os = await import("node:os"); sep + typeof os',
    )
    expect(cell.outputs.map((m) => m.header.msg_type)).toEqual(["execute_result"])
    await fresh.close()
  })

  it("may be declared anew as variables, and the other way round", async () => {
    expect(await value('import { sep } from "node:path"', "let sep = 'mine'", "sep")).toBe("'mine'")
    expect(await value("let posix = 1", 'import { posix } from "node:path"', "posix.sep")).toBe("'/'")
  })

  it("by import() know the module's types", async () => {
    expect(await value('const { join } = await import("node:path")', "join('a', 'b')")).toBe("'a/b'")
  })

  it("of a module that is not there are an error with its name", async () => {
    const { reply } = await kernel.execute('import { x } from "no-such-package"')
    expect(reply.content).toMatchObject({ ename: "TS2307" })
    expect(reply.content.evalue).toContain("no-such-package")
  })

  it("by require give the module itself", async () => {
    expect(await value('const p9 = require("node:path"); p9.basename("/q/r")')).toBe("'r'")
  })

  it("tell a cell where it is", async () => {
    expect(await value("import.meta.dirname === process.cwd() && import.meta.url.startsWith('file:')")).toBe(
      "true",
    )
    expect(await value("__dirname === process.cwd()")).toBe("true")
  })
})

// Deno and Node's console show the object; TypeScript alone sees a block with labels, or a mistake.
describe("a cell that is an object literal and nothing else", () => {
  const cases: [sentence: string, cells: string[], shown: string][] = [
    ["is shown as the object", ["{ a: 1, b: [2] }"], "{ a: 1, b: [ 2 ] }"],
    ["also where it could be a block", ["{ a: 1 }"], "{ a: 1 }"],
    ["and in several lines, below a comment", ["// sizes\n{\n  a: 1,\n}"], "{ a: 1 }"],
    ["with names of earlier cells", ["const o1 = 5", "{ o1 }"], "{ o1: 5 }"],
    ["but a block stays a block", ["let o2 = 0", "{ let o3 = 1; o2 = o3 }", "o2"], "1"],
    ["and is checked as what it is", ["{ a: nothingOfThatName }"], "Cannot find name 'nothingOfThatName'."],
  ]
  it.each(cases)("%s", async (_sentence, cells, shown) => {
    expect(await value(...cells)).toBe(shown)
  })

  it("has its errors at their places", async () => {
    const { reply } = await kernel.execute("{\n  a: 1,\n  b: nothingOfThatName,\n}")
    expect(String(reply.content.traceback)).toContain(":3:6 - TS2304")
  })

  it("is complete to a console", async () => {
    const { content } = await kernel.request("shell", "is_complete_request", { code: "{ a: 1, b: 2 }" })
    expect(content).toEqual({ status: "complete" })
  })
})
