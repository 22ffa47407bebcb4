import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterEach, beforeEach, expect, test } from "vitest"
import { createWidget } from "../../../src/kernel/create-widget.js"
import { fileNamed } from "../../../src/kernel/live-file.js"
import { defineWidget } from "../../../src/widgets/toolkit/index.js"
import { waitFor } from "../../patience.js"
import { KernelWire } from "./kernel-wire.js"

let wire: KernelWire
let folder: string
let esm: string
let css: string
beforeEach(() => {
  wire = new KernelWire()
  folder = mkdtempSync(join(tmpdir(), "prelab-live-file-"))
  esm = join(folder, "index.js")
  css = join(folder, "style.css")
  writeFileSync(esm, "export default { first: true }")
  writeFileSync(css, ".first {}")
})
afterEach(() => {
  wire.comms.closeAll()
  rmSync(folder, { recursive: true })
})

const arrives = (state: object) =>
  waitFor(() => expect(wire.take()).toMatchObject([{ content: { data: { method: "update", state } } }]))

test("a front end in files is sent as their text, and again whenever one is saved", async () => {
  const widget = createWidget({ esm: pathToFileURL(esm), css })
  expect(wire.take()[0]!.content.data.state).toMatchObject({
    _esm: "export default { first: true }",
    _css: ".first {}",
  })
  writeFileSync(esm, "export default { second: true }")
  await arrives({ _esm: "export default { second: true }" })
  writeFileSync(css, ".second {}")
  await arrives({ _css: ".second {}" })
  // As editors do that write another file and rename it.
  writeFileSync(join(folder, "index.js~"), "export default { third: true }")
  renameSync(join(folder, "index.js~"), esm)
  await arrives({ _esm: "export default { third: true }" })
  await wire.say(widget, { method: "request_state" })
  expect(wire.data()).toMatchObject([
    { state: { _esm: "export default { third: true }", _css: ".second {}" } },
  ])
})

test("widgets of one kind follow together, new ones begin with the file as it is, closed ones are left alone", async () => {
  const Kind = defineWidget({ id: "test.Live", esm, state: { n: 0 } })
  const [first, second] = [Kind(), Kind()]
  second.close()
  wire.take()
  writeFileSync(esm, "export default { second: true }")
  await waitFor(() => expect(wire.take().map(({ content }) => content.comm_id)).toEqual([first.modelId]))
  Kind()
  expect(wire.take()[0]!.content.data.state).toMatchObject({ _esm: "export default { second: true }" })
})

test("its name does not change with its contents: the page replaces the style instead of adding one", () => {
  const idOf = () => {
    createWidget({ esm, css })
    return (wire.take()[0]!.content.data.state as { _anywidget_id: string })._anywidget_id
  }
  const id = idOf()
  writeFileSync(esm, "export default { second: true }")
  expect(idOf()).toBe(id)
})

test("a file that is not there is an error that says where paths begin", () => {
  expect(() => createWidget({ esm: "./nowhere/index.js" })).toThrow(
    `cannot read front end: ${join(process.cwd(), "nowhere", "index.js")}; paths begin at ${process.cwd()}`,
  )
})

test.each([
  ["export default { render() {} }", undefined],
  ["export default {}\n// index.js", undefined],
  ['import x from "./x.js"; x.js', undefined],
  ["https://example.org/widget.js", undefined],
  ["./widget.mjs", join(process.cwd(), "widget.mjs")],
  ["/a b/style.css", "/a b/style.css"],
  ["file:///a%20b/index.js", "/a b/index.js"],
])("%j names the file %s", (source, file) => {
  expect(fileNamed(source)).toBe(file)
})
