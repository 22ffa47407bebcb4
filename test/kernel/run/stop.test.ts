import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Execution, KernelClient, printed, resultText } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
  await kernel.execute("let state = 41; let turns = 0")
})
afterAll(async () => {
  await kernel.close()
})

/** Starts a cell that says when it runs, then stops it. */
async function stopped(code: string): Promise<Execution> {
  const id = await kernel.sendCell(`console.log("begun"); ${code}`)
  await kernel.until(() => kernel.of(id).some((m) => String(m.content.text).startsWith("begun\n")))
  await kernel.request("control", "interrupt_request", {})
  return kernel.finished(id)
}

describe("a Stop", () => {
  const cells: Record<string, string> = {
    "a loop without a body": "while (true);",
    "a loop in a method that a library calls": "[1].forEach(() => { for (;;) turns++ })",
    "a loop in a timer that the cell waits for":
      "await new Promise(() => setTimeout(() => { while (true) turns++ }, 5))",
    "a loop behind for await": "for await (const _ of [1]) for (;;) turns++",
    "a for await that never ends":
      "for await (const _ of (async function* () { while (true) yield await new Promise((r) => setTimeout(r, 5)) })()) turns++",
    "a for await that waits for ever":
      "for await (const _ of { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) }) turns++",
    "an await using whose disposal never ends":
      "{ await using r = { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) } }",
    "sorting with a comparison that never ends": "[3, 2, 1].sort(() => { while (true); })",
    "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "a chain of promises that feed each other": "await (async () => { while (true) await null })()",
    "a command in the shell": "await shell('sleep 1000')",
    "a child process":
      "const { spawn } = await import('node:child_process'); await new Promise((r) => spawn('sleep', ['1000']).on('exit', r).on('error', r)); await new Promise(() => {})",
    "a read from a stream that never comes":
      "for await (const _ of (await import('node:stream')).Readable.from((async function* () { await new Promise(() => {}) })())) turns++",
  }
  it.each(Object.entries(cells))("ends %s, and keeps the state", async (_, code) => {
    const { reply } = await stopped(code)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    expect(resultText(await kernel.execute("state + 1"))).toBe("42")
  })

  const display = "[Symbol.for('Jupyter.display')]"
  const shown: Record<string, string> = {
    "a value whose display method never ends": `({ ${display}() { while (true); } })`,
    "a value whose text is never made": "({ get [Symbol.toStringTag](): string { while (true); } })",
    "a value that shows itself by a promise which never comes": `({ ${display}: () => new Promise(() => {}) })`,
    "a display that is never made": `display({ ${display}: () => new Promise(() => {}) })`,
  }
  it.each(Object.entries(shown))("ends %s", async (_, code) => {
    const { reply } = await stopped(code)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    expect(resultText(await kernel.execute("state + 1"))).toBe("42")
  })

  it("runs the cell's finally blocks where it waits", async () => {
    await stopped("try { await new Promise(() => {}) } finally { state = 43; await 0; state-- }")
    expect(resultText(await kernel.execute("const now = state; state = 41; now"))).toBe("42")
  })

  it("shows the line that was running", async () => {
    const { reply } = await stopped("\n\nconst wait = new Promise(() => {})\nawait wait")
    expect((reply.content.traceback as string[])[0]).toBe("Interrupted: the cell was stopped")
  })

  it("ends the intervals of its cell", async () => {
    const { id } = await stopped("setInterval(() => console.log('tick'), 5); await new Promise(() => {})")
    const ticks = () => kernel.of(id).filter((m) => String(m.content.text).includes("tick")).length
    await kernel.execute("0")
    const before = ticks()
    await kernel.execute("await new Promise((r) => setTimeout(r, 60))")
    expect(ticks()).toBe(before)
  })

  it("aborts the cell's signal", async () => {
    await stopped("stopSignal().addEventListener('abort', () => { turns = -5 }); await new Promise(() => {})")
    expect(resultText(await kernel.execute("turns"))).toBe("-5")
  })

  it("ends the program that a shell has started", async () => {
    await stopped("await shell('sleep 987 & wait')")
    const listed = await kernel.execute(
      "import { execSync } from 'node:child_process'\nawait new Promise((r) => setTimeout(r, 1000)); execSync('ps -eo args').toString().includes('sleep 987\\n')",
    )
    expect(resultText(listed)).toBe("false")
  })
})

describe("children of a cell", () => {
  it("write below it what they write to their terminal", async () => {
    const cell = await kernel.execute(
      "import { spawn as start, spawnSync, execSync as ex } from 'node:child_process'\n" +
        "await new Promise((r) => start('echo out; echo err >&2', { shell: true, stdio: 'inherit' }).on('close', r));\n" +
        "spawnSync('echo', ['sync'], { stdio: 'inherit' }); ex('echo exec', { stdio: 'inherit' }); ex('echo default >&2')",
    )
    expect(printed(cell)).toBe("out\nsync\nexec\n")
    expect(printed(cell, "stderr")).toBe("err\ndefault\n")
  })

  // What npm and compilers warn of, run by execSync as in a script, was lost where they succeeded.
  it("write their errors there too, whether they succeed or fail", async () => {
    const cell = await kernel.execute(
      "ex('echo out; echo err >&2', { stdio: 'inherit' })\n" +
        "require('node:child_process').execFileSync('sh', ['-c', 'echo more >&2'], { stdio: [0, 1, 2] })\n" +
        "ex('echo last >&2; exit 3', { stdio: 'inherit' })",
    )
    expect(printed(cell)).toBe("out\n")
    expect(printed(cell, "stderr")).toBe("err\nmore\nlast\n")
    expect(cell.reply.content.evalue).toMatch(/^Command failed: /)
  })

  it("have no streams of what they write there, as in Node", async () => {
    const cell = await kernel.execute(
      "const pipes = start('echo', ['x'], { stdio: ['ignore', 'inherit', 'pipe'] }); await new Promise((r) => pipes.on('close', r));\n" +
        "[pipes.stdout === null, pipes.stdio[1] === null, pipes.stderr !== null]",
    )
    expect(printed(cell)).toBe("x\n")
    expect(resultText(cell)).toBe("[ true, true, true ]")
  })

  it("have their output in their own cell when another one runs", async () => {
    const first = await kernel.execute("void shell('sleep 0.2; echo late')")
    const second = await kernel.execute("await new Promise((r) => setTimeout(r, 600)); console.log('second')")
    expect(kernel.of(first.id).map((m) => m.content.text)).toContain("late\n")
    expect(printed(second)).toBe("second\n")
  })

  it("that fail are an error with their status", async () => {
    const { reply } = await kernel.execute("await shell('exit 3')")
    expect(reply.content.evalue).toBe("command failed with status 3: exit 3")
  })
})

describe("process.exit in a cell", () => {
  it("says so, and starts anew in the same process", async () => {
    await kernel.execute("const gone = 5; setInterval(() => {}, 10)")
    const { reply, outputs } = await kernel.execute(
      "console.log('last'); process.exit(3); console.log('never')",
    )
    expect(reply.content).toMatchObject({
      status: "error",
      ename: "ProcessExit",
      evalue: "process.exit(3) was called: the kernel has restarted, and its variables are gone",
    })
    expect(outputs.map((m) => m.content.text ?? m.content.ename)).toEqual(["last\n", "ProcessExit"])
    expect((await kernel.execute("gone")).reply.content.ename).toBe("TS2304")
    expect(resultText(await kernel.execute("1 + 1; display; 2"))).toBe("2")
    await kernel.execute("let state = 41; let turns = 0")
  })

  it("cannot be caught, and means the same from a timer", async () => {
    const caught = await kernel.execute("let c1 = 1; try { process.exit() } catch {}")
    expect(caught.reply.content.ename).toBe("ProcessExit")
    const timer = await kernel.execute("let c2 = 1; setTimeout(() => process.exit(), 20)")
    await kernel.until(() =>
      kernel.of(timer.id).some((m) => String(m.content.text).includes("process.exit()")),
    )
    expect((await kernel.execute("c2")).reply.content.ename).toBe("TS2304")
  })
})
