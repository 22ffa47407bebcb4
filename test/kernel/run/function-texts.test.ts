import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, resultText } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  // Where packages of this repository are found.
  kernel = await KernelClient.start({ cwd: fileURLToPath(new URL("../fixtures", import.meta.url)) })
})
afterAll(async () => {
  await kernel.close()
})

const value = async (code: string) => {
  const cell = await kernel.execute(code)
  return resultText(cell) ?? cell.reply.content.evalue
}

describe("the text of a function", () => {
  const sum =
    "(n: number) => { let s = 0; for (let i = 0; i < n; i++) { s += i } while (s < 0) s++; return s }"
  it("computes without the kernel, loops included", async () => {
    expect(await value(`new Function("return " + (${sum}))()(5)`)).toBe("10")
    expect(await value(`new (new Function("return " + class { m() { for (;;) return 7 } })())().m()`)).toBe(
      "7",
    )
  })

  it("goes to a worker", async () => {
    const code =
      `import { Worker } from "node:worker_threads"\nconst sum = ${sum}\n` +
      `const worker = new Worker("require('worker_threads').parentPort.postMessage((" + sum + ")(4))", { eval: true })\n` +
      "await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject))"
    expect(await value(code)).toBe("6")
  })

  it("becomes a kernel of gpu.js", async () => {
    const code =
      'import { GPU } from "gpu.js"\nconst gpu = new GPU({ mode: "cpu" })\n' +
      "const add = gpu.createKernel(function (a: number[]) {\n  let s = 0\n  for (let i = 0; i < 4; i++) s += a[i]!\n" +
      "  return s + this.thread.x\n}).setOutput([2])\nArray.from(add([1, 2, 3, 4]) as Float32Array)"
    expect(await value(code)).toBe("[ 10, 11 ]")
  })

  // As in an ES module: a worker that was given both texts found no `exports` in it.
  it("has the names of the cells' variables, of this cell and of earlier ones", async () => {
    await kernel.execute("function twice(x: number) { return 2 * x }; const third = 3")
    const code =
      "function second(x: number) { return twice(x) + third }\nconst both = [twice, second].join(';')"
    expect(await value(`${code}\nString(second)`)).toBe("'function second(x) { return twice(x) + third; }'")
    expect(await value("new Function('const third = 3;' + both + '; return second(4)')()")).toBe("11")
    expect(await value("String((x: number) => second(x) * third)")).toContain("(second(x) * third)")
    expect(await value("String(new Function('exports', 'return exports.elsewhere'))")).toContain(
      "exports.elsewhere",
    )
  })

  it("says of the engine's own functions that they are", async () => {
    expect(
      await value(
        "[Function.prototype.toString, Math.max].every((f) => String(f).includes('[native code]'))",
      ),
    ).toBe("true")
    expect(await value("Function.prototype.toString.call({})")).toMatch(/requires that 'this' be a Function/)
  })
})
