import { expect, test } from "vitest"
import { CellOutputs } from "../../src/lab/cell-outputs.js"
import type { KernelMessage } from "../../src/lab/kernel-client.js"
import { type Data, newCodeCell } from "../../src/lab/notebook.js"

/** Two cells, requests "a" and "b", after these messages. */
function cellsAfter(...messages: [parent: string, type: string, content: Data][]) {
  const outputs = new CellOutputs()
  const [a, b] = [newCodeCell("a", ""), newCodeCell("b", "")]
  outputs.expect("a", a)
  outputs.expect("b", b)
  for (const [parent, type, content] of messages) {
    const message: KernelMessage = { channel: "iopub", type, parent, content, metadata: {}, buffers: [] }
    outputs.receive(message)
  }
  return { a, b }
}

const out = (text: string) => ({ name: "stdout", text })
const plain = (text: string) => ({ "text/plain": text })
const shown = (text: string) => ({ data: plain(text), metadata: {}, transient: { display_id: "d" } })

test("text that follows text of the same stream joins it", () => {
  const { a } = cellsAfter(
    ["a", "stream", out("1\n")],
    ["a", "stream", out("2\n")],
    ["a", "stream", { name: "stderr", text: "oops\n" }],
    ["a", "stream", out("3\n")],
  )
  expect(a.outputs).toEqual([
    { output_type: "stream", name: "stdout", text: "1\n2\n" },
    { output_type: "stream", name: "stderr", text: "oops\n" },
    { output_type: "stream", name: "stdout", text: "3\n" },
  ])
})

test("of a line written over only the last state is kept", () => {
  const { a } = cellsAfter(["a", "stream", out("10%\r20%\r")], ["a", "stream", out("30%\ndone\r\nend")])
  expect(a.outputs).toEqual([{ output_type: "stream", name: "stdout", text: "30%\ndone\r\nend" }])
})

test("output goes to the cell that asked for it, also after its end", () => {
  const { a, b } = cellsAfter(
    ["b", "stream", out("b")],
    ["a", "stream", out("late")],
    ["elsewhere", "stream", out("nobody")],
  )
  expect([a, b].map((cell) => cell.outputs)).toMatchObject([[{ text: "late" }], [{ text: "b" }]])
})

test("an update changes every output shown under its id, in any cell", () => {
  const { a, b } = cellsAfter(
    ["a", "display_data", shown("1")],
    ["a", "execute_result", { ...shown("2"), execution_count: 4 }],
    ["b", "update_display_data", shown("3")],
  )
  expect(a.outputs).toEqual([
    { output_type: "display_data", data: plain("3"), metadata: {} },
    { output_type: "execute_result", data: plain("3"), metadata: {}, execution_count: 4 },
  ])
  expect(b.outputs).toEqual([])
})

test("clear_output clears now, or with the next output", () => {
  const cleared = cellsAfter(["a", "stream", out("1")], ["a", "clear_output", { wait: false }])
  expect(cleared.a.outputs).toEqual([])
  const waiting = cellsAfter(["a", "stream", out("1")], ["a", "clear_output", { wait: true }])
  expect(waiting.a.outputs).toMatchObject([{ text: "1" }])
  const followed = cellsAfter(
    ["a", "stream", out("1")],
    ["a", "clear_output", { wait: true }],
    ["a", "stream", out("2")],
  )
  expect(followed.a.outputs).toMatchObject([{ text: "2" }])
})

test("an error keeps its frames, and execute_input the number", () => {
  const error = { ename: "RangeError", evalue: "no", traceback: ["RangeError: no", "  at cell 1"] }
  const { a } = cellsAfter(["a", "execute_input", { execution_count: 7 }], ["a", "error", error])
  expect(a.execution_count).toBe(7)
  expect(a.outputs).toEqual([{ output_type: "error", ...error }])
})
