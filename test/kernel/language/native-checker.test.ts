import { spawn, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { type NativeChecker, openNativeChecker } from "../../../src/kernel/language/native-checker.js"
import { waitUntil } from "../../patience.js"
import { cellsWithProblems, notebookFiles } from "./cells-with-problems.js"
import { compilerOptions, openChecker, optionsWithPaths } from "./native-setup.js"
import { notebookFolder, writeFiles } from "./notebook-folder.js"
import { serviceChecker } from "./service-checker.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const compiled = join(root, "dist", "kernel", "language", "native-checker.js")

const typescript7 = dirname(createRequire(import.meta.url).resolve("typescript7/package.json"))

const codes = (checker: NativeChecker, name: string, text: string) =>
  checker.check(name, text).map(({ code }) => code)

/** Where TypeScript 7 says less than TypeScript 6, and what. */
const differences: Readonly<Record<string, string>> = {
  using:
    "Property '[Symbol.dispose]' is missing in type '{ close(): void; }' but required in type 'Disposable'.",
  "an argument of Node's": `No overload matches this call.
  The last overload gave the following error.
    Argument of type 'boolean' is not assignable to parameter of type 'PathOrFileDescriptor'.`,
}

test("a cell has the problems, at the places and in the words, that TypeScript 6 has for it", () => {
  const folder = notebookFolder(notebookFiles)
  const options = optionsWithPaths(folder)
  const checker = openChecker(folder, { compilerOptions: options })
  const service = serviceChecker(folder, options)
  const first = "export const first = 1\nexport let count = 0"
  for (const one of [checker, service]) one.check("__cell_first", first)
  Object.entries(cellsWithProblems).forEach(([what, text], index) => {
    const name = `__cell_${index}`
    const expected = service.check(name, text)
    expect(expected, what).not.toEqual([])
    const found = checker.check(name, text)
    if (what in differences)
      expect(
        found.map(({ message }) => message),
        what,
      ).toEqual([differences[what]])
    else expect(found, what).toEqual(expected)
    for (const one of [checker, service]) one.drop(name)
  })
})

test("a cell finds the cells before it, in whatever order they were kept", () => {
  const checker = openChecker(notebookFolder())
  checker.keep("__cell_3", 'import { b } from "./__cell_2"; export const c = b')
  checker.keep("__cell_1", "export const a = 1")
  checker.keep("__cell_2", 'import { a } from "./__cell_1"; export const b = a')
  const [problem] = checker.check("__cell_4", 'import { c } from "./__cell_3"; const s: string = c')
  expect(problem?.message).toBe("Type 'number' is not assignable to type 'string'.")
  expect(checker.check("__cell_5", 'import { b } from "./__cell_2"; b.toFixed()')).toEqual([])
})

// A process that read a new module and what imports it in one update mostly did not find the module: TS2307.
test("a cell finds a module that was kept just before, every time", () => {
  const checker = openChecker(notebookFolder())
  expect(checker.check("__cell", "export {}")).toEqual([])
  const found = Array.from({ length: 20 }, (_, i) => {
    checker.keep(`__cell_${i}`, `export class C${i} { n = ${i} }`)
    return checker.check("__cell", `import { C${i} } from "./__cell_${i}"; new C${i}().n.toFixed()`)
  })
  expect(found.flat()).toEqual([])
})

test("a module that is kept with another text has the other text", () => {
  const checker = openChecker(notebookFolder())
  checker.check("__cell_1", "export const a = 1")
  checker.keep("__cell_1", 'export const a = "one"')
  expect(codes(checker, "__cell_2", 'import { a } from "./__cell_1"; const n: number = a')).toEqual([2322])
})

test("a module that is dropped cannot be imported any more", () => {
  const checker = openChecker(notebookFolder())
  const text = 'import { a } from "./__cell_1"; a.toFixed()'
  checker.check("__cell_1", "export const a = 1")
  expect(checker.check("__cell_2", text)).toEqual([])
  checker.drop("__cell_1")
  expect(codes(checker, "__cell_3", text)).toEqual([2307])
})

test("a name that was dropped can be used again, for another text", () => {
  const checker = openChecker(notebookFolder())
  checker.check("__cell_1", "export const a = 1")
  checker.drop("__cell_1")
  expect(codes(checker, "__cell_1", "export const b: number = true")).toEqual([2322])
  expect(codes(checker, "__cell_2", 'import { a, b } from "./__cell_1"; b.foo')).toEqual([2305, 2339])
  checker.drop("__cell_2")
  checker.check("__cell_3", "1")
  expect(codes(checker, "__cell_2", 'import { b } from "./__cell_1"; b.foo; b.bar')).toEqual([2339, 2339])
})

test("packages and local files that appear, change and go are seen after a refresh", () => {
  const folder = notebookFolder()
  const checker = openChecker(folder)
  const text = 'import { box } from "modern"; import { n } from "./local"; box(n).value.toFixed()'
  expect(codes(checker, "__cell_1", text)).toEqual([2307, 2307])
  writeFiles(folder, { ...notebookFiles, "local.ts": "export const n = 1" })
  checker.refresh()
  expect(checker.check("__cell_1", text)).toEqual([])
  writeFiles(folder, { "local.ts": 'export const n = "one"' })
  checker.refresh()
  expect(codes(checker, "__cell_1", text)).toEqual([2551])
})

test("the package that the kernel runs from can be imported in any folder", () => {
  const own = notebookFolder({
    "package.json": JSON.stringify({ name: "own", types: "index.d.ts" }),
    "index.d.ts": "export declare const answer: number\n",
    "dist/kernel.js": "",
  })
  link(join(own, "node_modules", "typescript7"))
  const checker = openChecker(notebookFolder(), { resolveFrom: join(own, "dist", "kernel.js") })
  const [problem] = checker.check("__cell_1", 'import { answer } from "own"; const s: string = answer')
  expect(problem?.message).toBe("Type 'number' is not assignable to type 'string'.")
})

test("the notebook's own TypeScript 7 serves where the kernel has none", () => {
  const kernel = notebookFolder({
    "node_modules/typescript7/package.json": JSON.stringify({ version: "8.0.0" }),
  })
  const folder = notebookFolder()
  link(join(folder, "node_modules", "typescript"))
  const checker = openChecker(folder, { resolveFrom: join(kernel, "kernel.js") })
  expect(checker.name).toBe(
    `TypeScript ${createRequire(import.meta.url)("typescript7/package.json").version}`,
  )
  expect(codes(checker, "__cell_1", 'const n: number = ""')).toEqual([2322])
})

function link(place: string) {
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(typescript7, place, "junction")
}

test.each(["SIGKILL", "SIGINT"] as const)(
  "a process that gets a %s is replaced, and its successor knows what was kept",
  async (signal) => {
    const checker = openChecker(notebookFolder())
    checker.check("__cell_1", "export const a = 1")
    checker.keep("__cell_2", 'import { a } from "./__cell_1"; export const b = a')
    const before = checker.pid!
    process.kill(before, signal)
    await waitUntil(() => {
      const text = `import { b } from "./__cell_2"; b.${signal}${performance.now() | 0}`
      expect(codes(checker, "__cell_3", text)).toEqual([2339])
      return checker.pid !== before && !isAlive(before)
    })
  },
)

test("a process that died has nothing to let go of, and the next check starts another", () => {
  const checker = openChecker(notebookFolder())
  checker.check("__cell_1", "export const a = 1")
  checker.check("__cell_1", "export const a = 2")
  process.kill(checker.pid!, "SIGKILL")
  checker.release()
  expect(codes(checker, "__cell_2", 'import { a } from "./__cell_1"; a.foo')).toEqual([2339])
})

test("a process that does not answer is killed, and the check throws", () => {
  const checker = openChecker(notebookFolder(), { patience: 4000 })
  checker.check("__cell_1", "export const a = 1")
  const silent = checker.pid!
  process.kill(silent, "SIGSTOP")
  expect(() => checker.check("__cell_2", "1")).toThrow(`${checker.name} gave no answer: silent for 4000 ms`)
  expect(codes(checker, "__cell_3", 'import { a } from "./__cell_1"; a.foo')).toEqual([2339])
})

/** A package in which `typescript7` is real but for its executable, and a file in it to resolve from. */
function withExecutable(script: string, mode = 0o755): string {
  const { platform, arch } = process
  const api = pathToFileURL(
    createRequire(join(typescript7, "package.json")).resolve("typescript/unstable/sync"),
  )
  const executable = `node_modules/@typescript/typescript-${platform}-${arch}/lib/tsc`
  const folder = notebookFolder({
    "node_modules/typescript7/package.json": JSON.stringify({
      ...JSON.parse(readFileSync(join(typescript7, "package.json"), "utf8")),
      exports: { "./package.json": "./package.json", "./unstable/sync": "./api.js" },
    }),
    "node_modules/typescript7/api.js": `export * from ${JSON.stringify(api.href)}\n`,
    [`node_modules/@typescript/typescript-${platform}-${arch}/package.json`]: "{}",
    [executable]: script,
  })
  chmodSync(join(folder, executable), mode)
  return join(folder, "kernel.js")
}

test.each([
  ["ends at once", "#!/bin/sh\nexit 3\n", /gave no answer: /],
  ["says something else", "#!/bin/sh\nread line; echo hello; exec sleep 60\n", /gave no answer: Expected/],
  ["says nothing", "#!/bin/sh\nexec sleep 60\n", /gave no answer: silent for 4000 ms/],
])("an executable that %s makes the check throw", (_, script, message) => {
  const folder = notebookFolder()
  const checker = openChecker(folder, { resolveFrom: withExecutable(script), patience: 4000 })
  expect(() => checker.check("__cell_1", "1")).toThrow(message)
})

test("there is no checker where TypeScript 7 is missing or may not be run", () => {
  const folder = notebookFolder()
  const openFrom = (resolveFrom: string) => openNativeChecker({ folder, compilerOptions, resolveFrom })
  expect(openFrom(join(folder, "kernel.js"))).toBeUndefined()
  expect(openFrom(withExecutable("#!/bin/sh\n", 0o644))).toBeUndefined()
})

test.each([
  ["it is closed", "checker.close(); setInterval(() => {}, 1000)"],
  ["its thread is ended", "setInterval(() => {}, 1000)"],
  ["the kernel exits", "process.exit()"],
])("the process ends, without a word, when %s", async (how, then) => {
  const inThread = how === "its thread is ended"
  const kernel = startKernel(then, inThread)
  const pid = await kernel.pid
  if (inThread) kernel.process.stdin.write("terminate")
  await waitUntil(() => !isAlive(pid))
  expect(kernel.errors.join("")).toBe("")
})

test("the process ends when the kernel is killed", async () => {
  const kernel = startKernel("setInterval(() => {}, 1000)", false)
  const pid = await kernel.pid
  kernel.process.kill("SIGKILL")
  await waitUntil(() => !isAlive(pid))
})

/** A Node process (or a thread of it) that has checked a cell and then goes on with `then`. */
function startKernel(then: string, inThread: boolean) {
  const options = { folder: notebookFolder(), compilerOptions, resolveFrom: compiled }
  const checks = `
    const { openNativeChecker } = await import(${JSON.stringify(pathToFileURL(compiled).href)})
    const checker = openNativeChecker(${JSON.stringify(options)})
    checker.check("__cell_1", "1")
    const { writeSync } = await import("node:fs")
    writeSync(1, checker.pid + "\\n")
    ${then}`
  const threads = `
    import { Worker } from "node:worker_threads"
    const url = "data:text/javascript," + encodeURIComponent(${JSON.stringify(checks)})
    const thread = new Worker(new URL(url))
    process.stdin.once("data", () => thread.terminate())`
  const child = spawn(process.execPath, ["--input-type=module", "-e", inThread ? threads : checks], {
    stdio: "pipe",
  })
  const errors: string[] = []
  child.stderr.on("data", (text) => errors.push(String(text)))
  onTestFinished(() => void child.kill("SIGKILL"))
  const pid = new Promise<number>((resolve) => child.stdout.once("data", (text) => resolve(Number(text))))
  return { process: child, pid, errors }
}

/** Whether a process runs; one that has ended and that nobody has asked about does not. */
function isAlive(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim()
  return state !== "" && !state.startsWith("Z")
}
