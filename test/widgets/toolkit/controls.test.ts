import { beforeEach, describe, expect, expectTypeOf, test } from "vitest"
import { createWidget } from "../../../src/kernel/create-widget.js"
import type { Dict } from "../../../src/kernel/dict.js"
import { displaySymbol } from "../../../src/kernel/mime-bundle.js"
import { table } from "../../../src/widgets/toolkit/controls/generated/table.js"
import { controls, link } from "../../../src/widgets/toolkit/index.js"
import { KernelWire } from "./kernel-wire.js"

let wire: KernelWire
beforeEach(() => {
  wire = new KernelWire()
})

/** The state with which the last widget was opened. */
function opened(): Dict {
  return wire.take().at(-1)!.content.data.state as Dict
}

test("a control opens as the model and view that ipywidgets' front end has, with all its values", () => {
  const slider = new controls.IntSlider({ value: 3, description: "epochs" })
  expect(opened()).toMatchObject({
    _model_module: "@jupyter-widgets/controls",
    _model_module_version: "2.0.0",
    _model_name: "IntSliderModel",
    _view_module: "@jupyter-widgets/controls",
    _view_module_version: "2.0.0",
    _view_name: "IntSliderView",
    value: 3,
    min: 0,
    max: 100,
    step: 1,
    description: "epochs",
    layout: null,
    style: null,
  })
  expect([slider.value, slider.get("max"), String(slider)]).toEqual([3, 100, "IntSlider: epochs 3"])
})

const names = Object.keys(table) as (keyof typeof controls)[]

test.each(names)("%s can be made without options, and is found by a reloaded page", async (name) => {
  const made = new (controls[name] as new () => { modelId: string; toString(): string })()
  const [open] = wire.take()
  const { module, view, version } = table[name]!
  expect(open!.content.data.state).toMatchObject({
    _model_name: `${name}Model`,
    _model_module: module,
    _model_module_version: version,
    _view_name: view,
  })
  expect(String(made)).toContain(name)
  await wire.open("jupyter.widget.control", "control")
  await wire.say("control", { method: "request_states" })
  expect(wire.take().at(-1)!.content.data.states).toMatchObject({
    [made.modelId]: { model_name: `${name}Model`, model_module: module, model_module_version: version },
  })
})

test("its values are properties on both sides of the wire", async () => {
  const slider = new controls.FloatSlider({ min: -1, max: 1, step: 0.01 })
  const told: number[][] = []
  slider.on("change:value", (now, before) => told.push([now, before]))
  wire.take()
  slider.value = 0.25
  expect(wire.data()).toEqual([{ method: "update", state: { value: 0.25 }, buffer_paths: [] }])
  await wire.update(slider, { value: -0.5 })
  expect([slider.value, told]).toEqual([
    -0.5,
    [
      [0.25, 0],
      [-0.5, 0.25],
    ],
  ])
})

test("a name that a control has not is refused, with those that it has", () => {
  expect(() => new controls.Label({ vaule: "x" } as object)).toThrow(
    /^Label has no attribute: vaule; .*value/,
  )
})

describe("layout and style", () => {
  test("are made of plain values", () => {
    new controls.IntSlider({ layout: { width: "50%" }, style: { handle_color: "red" } })
    const [layout, style, slider] = wire
      .take()
      .map(({ content }) => ({ id: content.comm_id, ...(content.data.state as Dict) }))
    expect(layout).toMatchObject({
      _model_module: "@jupyter-widgets/base",
      _model_name: "LayoutModel",
      _view_name: "LayoutView",
      width: "50%",
    })
    expect(style).toMatchObject({
      _model_name: "SliderStyleModel",
      _view_module: "@jupyter-widgets/base",
      _view_name: "StyleView",
      handle_color: "red",
    })
    expect(slider).toMatchObject({ layout: `IPY_MODEL_${layout!.id}`, style: `IPY_MODEL_${style!.id}` })
  })

  test("are made when they are asked for, once", () => {
    const button = new controls.Button({ description: "go" })
    wire.take()
    button.layout.width = "10em"
    button.style.font_weight = "bold"
    const [layout, set, width, style] = wire.take()
    expect([layout!.type, style!.type]).toEqual(["comm_open", "comm_open"])
    expect(set!.content.data.state).toEqual({ layout: `IPY_MODEL_${layout!.content.comm_id}` })
    expect([width!.content.comm_id, width!.content.data.state]).toEqual([
      layout!.content.comm_id,
      { width: "10em" },
    ])
    expect(button.layout).toBe(button.layout)
    expect(wire.take()).toEqual([])
  })

  test("can be shared and exchanged", () => {
    const wide = new controls.Layout({ width: "90%" })
    const [a, b] = [new controls.Text({ layout: wide }), new controls.Text()]
    b.layout = wide
    expect(a.layout).toBe(b.layout)
  })
})

test("a click of a button and Enter in a text are events", async () => {
  const heard: string[] = []
  const button = new controls.Button({ description: "go" }).on("click", () => heard.push("click"))
  const text = new controls.Text().on("submit", () => heard.push("submit"))
  await wire.say(button, { method: "custom", content: { event: "click" } })
  await wire.say(text, { method: "custom", content: { event: "submit" } })
  await wire.say(text, { method: "custom", content: null })
  expect(heard).toEqual(["click", "submit"])
})

describe("choices", () => {
  test("send labels and a position, and have the values here", async () => {
    const dropdown = new controls.Dropdown({ options: { quarter: 0.25, none: 0 }, description: "slope" })
    expect(opened()).toMatchObject({ _options_labels: ["quarter", "none"], index: 0, description: "slope" })
    const told: unknown[] = []
    dropdown.on("change:value", (now, before) => told.push([now, before]))
    await wire.update(dropdown, { index: 1 })
    expect([dropdown.value, dropdown.index, dropdown.get("value"), told]).toEqual([0, 1, 0, [[0, 0.25]]])
    wire.take()
    dropdown.value = 0.25
    expect(wire.data()).toEqual([{ method: "update", state: { index: 0 }, buffer_paths: [] }])
    dropdown.value = null
    expect([dropdown.index, dropdown.value]).toEqual([null, null])
    expect(() => {
      dropdown.value = 3
    }).toThrow("no such option: 3; quarter, none")
    expectTypeOf(dropdown.get("value")).toEqualTypeOf<number | null>()
  })

  test("begin with a value, and with new options nothing is chosen", () => {
    const buttons = new controls.ToggleButtons({ options: ["relu", "prelu", "leaky"], value: "leaky" })
    expect([buttons.index, String(buttons)]).toEqual([2, "ToggleButtons: leaky"])
    wire.take()
    buttons.options = ["sgd", "adam"]
    expect(wire.data()).toMatchObject([{ state: { _options_labels: ["sgd", "adam"], index: null } }])
    buttons.update({ options: ["a", "b"], value: "b" })
    expect([buttons.value, wire.data()]).toEqual([
      "b",
      [{ method: "update", state: { _options_labels: ["a", "b"], index: 1 }, buffer_paths: [] }],
    ])
    expectTypeOf(buttons.value).toEqualTypeOf<string | null>()
  })

  test("of several options have several values", async () => {
    const layers = [{ name: "conv1" }, { name: "conv2" }, { name: "fc" }]
    const some = new controls.SelectMultiple({ options: Object.fromEntries(layers.map((l) => [l.name, l])) })
    expect(some.value).toEqual([])
    await wire.update(some, { index: [0, 2] })
    expect(some.value).toEqual([layers[0], layers[2]])
    some.value = [layers[1]!]
    expect([some.index, String(some)]).toEqual([[1], "SelectMultiple: conv2"])
    const range = new controls.SelectionRangeSlider({ options: [1, 10, 100], value: [10, 100] })
    expect([range.index, range.value]).toEqual([
      [1, 2],
      [10, 100],
    ])
  })

  test("without options have no value", () => {
    expect([new controls.Dropdown().value, new controls.Select().index]).toEqual([null, null])
  })
})

test("boxes hold controls, widgets and what shows itself by a widget", () => {
  const slider = new controls.IntSlider()
  const own = createWidget({ esm: "export default {}" })
  const figure = { widget: own }
  const tab = new controls.Tab({ children: [slider, own, figure], titles: ["a", "b", "c"] })
  const [a, b] = [`IPY_MODEL_${slider.modelId}`, `IPY_MODEL_${own.modelId}`]
  expect(opened()).toMatchObject({ children: [a, b, b], titles: ["a", "b", "c"], selected_index: 0 })
  tab.children = [figure, slider]
  tab.selected_index = 1
  expect(wire.data().map(({ state }) => state)).toEqual([{ children: [b, a] }, { selected_index: 1 }])
  expect(new controls.VBox({ children: [tab] }).children[0]).toBe(tab)
})

test("pictures and files cross as bytes, and files are not sent back", async () => {
  const png = new Uint8Array([137, 80, 78, 71])
  new controls.Image({ value: png, format: "png" })
  const [open] = wire.take()
  expect([open!.content.data.buffer_paths, [...open!.buffers[0]!]]).toEqual([[["value"]], [...png]])
  const upload = new controls.FileUpload({ accept: ".npy", multiple: true })
  wire.take()
  const file = { name: "x.npy", type: "", size: 3, last_modified: 5 }
  await wire.update(
    upload,
    { value: [file], error: "" },
    [["value", 0, "content"]],
    [new Uint8Array([1, 2, 3])],
  )
  expect(upload.value).toEqual([{ ...file, content: new Uint8Array([1, 2, 3]) }])
  expect(wire.data()).toEqual([{ method: "echo_update", state: { error: "" }, buffer_paths: [] }])
})

test("dates are Dates here and fields on the wire", async () => {
  const day = new controls.DatePicker({ value: new Date("2026-02-03T00:00:00Z") })
  expect(opened()).toMatchObject({ value: { year: 2026, month: 1, date: 3 } })
  await wire.update(day, { value: { year: 2027, month: 11, date: 31 } })
  expect(day.value).toEqual(new Date("2027-12-31T00:00:00Z"))
  await wire.update(day, { value: null })
  expect(day.value).toBeNull()
  const fields = { hours: 9, minutes: 30, seconds: 1, milliseconds: 250 }
  const time = new controls.Time({ value: new Date("1970-01-01T09:30:01.250Z") })
  expect(opened()).toMatchObject({ value: fields })
  await wire.update(time, { value: { ...fields, hours: 23 } })
  expect(time.value).toEqual(new Date("1970-01-01T23:30:01.250Z"))
  const point = new controls.Datetime({ value: new Date("2026-02-03T09:30:01.250Z") })
  expect(opened()).toMatchObject({ value: { year: 2026, month: 1, date: 3, ...fields } })
  wire.take()
  await wire.say(point, { method: "request_state" })
  expect(wire.data()[0]).toMatchObject({ state: { value: { year: 2026, month: 1, date: 3, ...fields } } })
})

test("an output shows values that are appended, in all their forms", async () => {
  const output = new controls.Output()
  wire.take()
  await output.append({ [displaySymbol]: () => ({ "text/html": "<b>x</b>", "text/plain": "x" }) })
  expect(wire.data()).toMatchObject([
    {
      state: {
        outputs: [{ output_type: "display_data", data: { "text/html": "<b>x</b>", "text/plain": "x" } }],
      },
    },
  ])
  await output.append("a line")
  expect(output.outputs[1]).toEqual({ output_type: "stream", name: "stdout", text: "a line\n" })
  output.clear()
  expect(output.outputs).toEqual([])
  await expect(
    output.capture(() => {
      throw new Error("inside")
    }),
  ).rejects.toThrow("inside")
  expect(output.msg_id).toBe("")
})

describe("linked values", () => {
  test("are equal at once and stay so, until the link ends", async () => {
    const slider = new controls.IntSlider({ value: 7 })
    const counter = createWidget({ esm: "x", state: { count: 0, name: "c" } })
    const end = link(slider, "value", counter, "count")
    expect(counter.get("count")).toBe(7)
    wire.take()
    await wire.update(slider, { value: 8 })
    counter.set("count", 9)
    expect([slider.value, counter.get("count")]).toEqual([9, 9])
    expect(wire.data().map(({ method, state }) => [method, state])).toEqual([
      ["echo_update", { value: 8 }],
      ["update", { count: 8 }],
      ["update", { count: 9 }],
      ["update", { value: 9 }],
    ])
    end()
    slider.value = 1
    expect(counter.get("count")).toBe(9)
    // @ts-expect-error: a number and a text cannot be equal
    link(slider, "value", counter, "name")
  })

  test("go one way where that is wanted, and end when either closes", () => {
    const [a, b] = [new controls.FloatText({ value: 1 }), new controls.FloatSlider()]
    link(a, "value", b, "value", { oneWay: true })
    b.value = 5
    expect(a.value).toBe(1)
    b.close()
    a.value = 3
    expect(b.value).toBe(5)
  })

  test("can be those of a choice", async () => {
    const dropdown = new controls.Dropdown({ options: ["relu", "prelu"] })
    const text = createWidget<{ kind: string | null }>({ esm: "x", state: { kind: null } })
    link(dropdown, "value", text, "kind")
    await wire.update(dropdown, { index: 1 })
    expect(text.get("kind")).toBe("prelu")
    text.set("kind", "relu")
    expect(dropdown.index).toBe(0)
  })
})

test("the controls' values are typed", () => {
  const slider = new controls.IntSlider()
  expectTypeOf(slider.value).toBeNumber()
  expectTypeOf(slider.orientation).toEqualTypeOf<"horizontal" | "vertical">()
  expectTypeOf(slider.layout).toEqualTypeOf<controls.Layout>()
  expectTypeOf(new controls.Checkbox().value).toBeBoolean()
  expectTypeOf(new controls.IntRangeSlider().value).toEqualTypeOf<readonly [number, number]>()
  expectTypeOf(new controls.DatePicker().value).toEqualTypeOf<Date | null>()
  expectTypeOf(new controls.FileUpload().value).toEqualTypeOf<readonly controls.UploadedFile[]>()
  // @ts-expect-error: not a number
  new controls.IntSlider({ value: "3" })
  // @ts-expect-error: no such attribute, and refused at run time
  expect(() => new controls.IntSlider({ vlaue: 3 })).toThrow("IntSlider has no attribute: vlaue")
})
