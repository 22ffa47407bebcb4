import { expect, test } from "vitest"
import type { Data } from "../../src/lab/notebook.js"
import { WidgetStates } from "../../src/lab/widget-states.js"

const mime = "application/vnd.jupyter.widget-state+json"
const model = { _model_name: "AnyModel", _model_module: "anywidget", _model_module_version: "~0.11.*" }

function statesAfter(...messages: [type: string, content: Data, buffers?: Uint8Array[]][]): WidgetStates {
  const states = new WidgetStates()
  for (const [type, content, buffers = []] of messages)
    states.receive({
      channel: "iopub",
      type,
      parent: undefined,
      content: { comm_id: "w", ...content },
      metadata: {},
      buffers,
    })
  return states
}

const open: [string, Data, Uint8Array[]] = [
  "comm_open",
  {
    target_name: "jupyter.widget",
    data: { state: { ...model, n: 1 }, buffer_paths: [["bytes"], ["deep", 0]] },
  },
  [Uint8Array.of(1, 2), Uint8Array.of(3)],
]

test("a widget is stored with its latest state and its bytes", () => {
  const states = statesAfter(
    open,
    [
      "comm_msg",
      { data: { method: "update", state: { n: 2 }, buffer_paths: [["bytes"]] } },
      [Uint8Array.of(9)],
    ],
    ["comm_msg", { data: { method: "custom", content: { n: 3 } } }],
  )
  expect(states.storedIn({ title: "t" })).toEqual({
    title: "t",
    widgets: {
      [mime]: {
        version_major: 2,
        version_minor: 0,
        state: {
          w: {
            model_name: "AnyModel",
            model_module: "anywidget",
            model_module_version: "~0.11.*",
            state: { ...model, n: 2 },
            buffers: [
              { data: "Aw==", encoding: "base64", path: ["deep", 0] },
              { data: "CQ==", encoding: "base64", path: ["bytes"] },
            ],
          },
        },
      },
    },
  })
})

test("without widgets the notebook has no widget state, not an empty one", () => {
  const earlier = { [mime]: { state: { old: {} }, version_major: 2, version_minor: 0 } }
  expect(statesAfter().storedIn({ widgets: earlier })).toEqual({})
  expect(statesAfter(open, ["comm_close", {}]).storedIn({ widgets: { ...earlier, other: 1 } })).toEqual({
    widgets: { other: 1 },
  })
})

test("comms that are no widgets are not stored", () => {
  expect(statesAfter(["comm_open", { target_name: "mine", data: { state: { n: 1 } } }]).storedIn({})).toEqual(
    {},
  )
})
