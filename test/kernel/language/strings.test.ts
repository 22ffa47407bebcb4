import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { nameStartInString } from "../../../src/kernel/language/string-at.js"
import { KernelClient } from "../client.js"

describe.each(["typescript7", "typescript6"])("Tab inside of quotes, with %s,", (checker) => {
  let kernel: KernelClient
  beforeAll(async () => {
    kernel = await KernelClient.start({ env: { PRELAB_CHECKER: checker } })
    mkdirSync(join(kernel.folder, "notebook", "some-lib"))
    writeFileSync(join(kernel.folder, "notebook", "some-lib", "x-y.ts"), "export {}")
    const code =
      "function kind(name: 'foo-bar' | 'foo-baz' | 'text/html') {}\nconst rows = { 'my-key': 1, 'my-other': 2 }"
    expect((await kernel.execute(code)).reply.content).toMatchObject({ status: "ok" })
  })
  afterAll(async () => {
    await kernel.close()
  })

  const cases: [typed: string, replaced: string, matches: string[]][] = [
    ["kind('foo-ba|", "foo-ba", ["foo-bar", "foo-baz"]],
    ["kind('text/h|')", "text/h", ["text/html"]],
    ["kind(`foo-bar|`)", "foo-bar", ["foo-bar"]],
    ["rows['my-|']", "my-", ["my-key", "my-other"]],
    ["import x from 'node:f|'", "node:f", ["node:fs", "node:fs/promises"]],
    ["import { x } from './some-l|'", "some-l", ["some-lib"]],
    ["await import('./some-lib/x|')", "x", ["x-y"]],
    ["export * from 'fs/p|", "p", ["promises"]],
  ]
  it.each(cases)("goes on with all that they hold so far: %s", async (typed, replaced, matches) => {
    const code = typed.replace("|", "")
    const { content } = await kernel.request("shell", "complete_request", {
      code,
      cursor_pos: typed.indexOf("|"),
    })
    expect(content.matches).toEqual(matches)
    expect(code.slice(content.cursor_start as number, content.cursor_end as number)).toBe(replaced)
  })
})

describe("a name in quotes begins", () => {
  it.each([
    ["f('a b|')", 3],
    ["import 'a/b/c|'", 12],
    ["f('a/b|')", 3],
    ["'closed'|", undefined],
    ["|'closed'", undefined],
    ["'one' + tw|o", undefined],
    // No JSX, in which all that follows would be text.
    ["const id = <T>(x: T) => x; id('a b|')", 31],
  ])("%s at %s", (typed, start) => {
    expect(nameStartInString(typed.replace("|", ""), typed.indexOf("|"), "cell.ts")).toBe(start)
  })
})
