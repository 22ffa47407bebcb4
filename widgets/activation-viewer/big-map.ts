import { h, setAll } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { type Palette, paint } from "./colours.js"
import { describeMap, type Maps, valuesOf } from "./maps.js"

export interface BigMapState extends Maps {
  readonly map: number
  /** What the full colours stand for. */
  readonly most: number
  readonly palette: Palette
}

/** One map enlarged: the pointer, or arrow keys, read single values. */
export function bigMap(tell: (words: string) => void) {
  const canvas = h("canvas", { role: "application", tabindex: 0 })
  const cursor = h("div", { class: "cursor", hidden: true })
  const readout = h("div", { class: "readout" })
  const caption = h("p", { class: "caption" })
  const scale = h("canvas", { class: "scale", role: "img" })
  const [low, high] = [h("span"), h("span")]
  const legend = h("div", { class: "legend" }, low, scale, high)
  const picture = h("div", { class: "big" }, canvas, cursor)
  const element = h("figure", {}, picture, h("div", { class: "words" }, caption, readout, legend))
  let state: BigMapState | undefined
  let at: readonly [row: number, column: number] | undefined

  function read(): string {
    if (!state || !at) return "Point at a value, or walk to it with the arrow keys."
    const [row, column] = at
    return `row ${row}, column ${column}: ${format(valuesOf(state, state.map)[row * state.view.width + column]!)}`
  }

  function point(row: number, column: number): void {
    if (!state) return
    const { height, width } = state.view
    at = [Math.min(height - 1, Math.max(0, row)), Math.min(width - 1, Math.max(0, column))]
    show()
  }

  function show(): void {
    if (!state) return
    const { height, width } = state.view
    cursor.hidden = at === undefined
    if (at) {
      cursor.style.cssText = `top:${(100 * at[0]) / height}%;left:${(100 * at[1]) / width}%;height:${100 / height}%;width:${100 / width}%`
    }
    readout.textContent = read()
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!state) return
    const { left, top, width, height } = canvas.getBoundingClientRect()
    const place = (from: number, size: number, n: number) => Math.floor((from / size) * n)
    point(
      place(event.clientY - top, height, state.view.height),
      place(event.clientX - left, width, state.view.width),
    )
  })
  canvas.addEventListener("keydown", (event) => {
    if (!state || event.ctrlKey || event.metaKey || event.altKey) return
    const [row, column] = at ?? [0, 0]
    const { height, width } = state.view
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      Home: [0, 0],
      End: [height - 1, width - 1],
    }
    const next = steps[event.key]
    if (!next) return
    event.preventDefault()
    point(...next)
    tell(read())
  })

  return {
    element,
    update(next: BigMapState) {
      const { view, map, most, palette } = next
      // Another layer has other rows and columns.
      if (state && (state.view.height !== view.height || state.view.width !== view.width)) at = undefined
      state = next
      // One number needs no picture.
      for (const part of [picture, readout, legend]) part.hidden = view.height * view.width === 1
      paint(canvas, valuesOf(next, map), view.width, most, palette)
      paint(
        scale,
        Array.from({ length: 65 }, (_, i) => i - 32),
        65,
        32,
        palette,
      )
      const text = `${view.layer}, ${describeMap(next, map)}`
      caption.textContent = text
      setAll(canvas, { "aria-label": `${text}. Arrow keys read values` })
      setAll(scale, {
        "aria-label": `colours from ${format(-most)}, blue, over 0 to ${format(most)}, orange`,
      })
      low.textContent = format(-most)
      high.textContent = format(most)
      show()
    },
  }
}
