import type { DrawingPad } from "../../src/widgets/activation-state.js"
import { h, setAll } from "../shared/dom.js"
import { centred, stroke } from "./ink.js"

const most = 50

/**
 * A pad with one pixel for each of the net's inputs. The pointer draws; on the keyboard the arrow keys move, Space puts
 * the pen down and up, E changes pen and eraser, U takes the last stroke back.
 */
export function drawPad(
  id: string,
  { width, height }: DrawingPad,
  events: { draw(ink: Uint8Array): void; tell(words: string): void },
) {
  const canvas = h("canvas", {
    class: "pad",
    width,
    height,
    role: "application",
    tabindex: 0,
    "aria-describedby": `${id}-keys`,
  })
  const cursor = h("div", { class: "cursor" })
  const eraser = h("input", { type: "checkbox", id: `${id}-eraser` })
  const button = (name: string, act: () => void) => {
    const made = h("button", { type: "button" }, name)
    made.addEventListener("click", act)
    return made
  }
  const clear = button("Clear", () => change(new Uint8Array(width * height), "pad cleared"))
  const centre = button("Centre", () => change(centred(ink, width), "drawing moved to the middle"))
  const undo = button("Undo", takeBack)
  const element = h(
    "div",
    { class: "drawing" },
    h("div", { class: "big" }, canvas, cursor),
    h("div", { class: "row" }, clear, undo, centre, h("label", { for: eraser.id }, eraser, " eraser")),
    h(
      "p",
      { id: `${id}-keys`, class: "hint" },
      "Draw with the mouse, or with the keys: arrows move, Space puts the pen down, E erases, U undoes.",
    ),
  )
  let ink = new Uint8Array(width * height)
  const before: Uint8Array[] = []
  let last: readonly [number, number] | undefined
  let place: readonly [number, number] = [Math.floor(width / 2), Math.floor(height / 2)]
  let isDown = false

  function remember(): void {
    before.push(ink.slice())
    if (before.length > most) before.shift()
    undo.disabled = false
  }

  function change(next: Uint8Array, words: string): void {
    remember()
    put(next)
    events.tell(words)
  }

  function put(next: Uint8Array): void {
    ink = next.slice()
    show()
    events.draw(ink)
  }

  function takeBack(): void {
    const was = before.pop()
    undo.disabled = before.length === 0
    if (!was) return
    put(was)
    events.tell("last stroke taken back")
  }

  function draw(to: readonly [number, number]): void {
    put(stroke(ink, width, last ?? to, to, eraser.checked))
    last = to
  }

  function show(): void {
    const image = new ImageData(width, height)
    ink.forEach((value, i) => {
      image.data.set([value, value, value, 255], 4 * i)
    })
    canvas.getContext("2d")!.putImageData(image, 0, 0)
    const drawn = ink.reduce((n, value) => n + (value > 127 ? 1 : 0), 0)
    setAll(canvas, {
      "aria-label": `drawing pad, ${width} by ${height}, ${drawn} pixels inked`,
      "data-ink": drawn,
    })
    const [x, y] = place
    cursor.style.cssText = `left:${(100 * x) / width}%;top:${(100 * y) / height}%;width:${100 / width}%;height:${100 / height}%`
    setAll(cursor, { class: isDown ? "cursor down" : "cursor" })
  }

  const placeOf = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect()
    return [
      ((event.clientX - box.left) / box.width) * width - 0.5,
      ((event.clientY - box.top) / box.height) * height - 0.5,
    ]
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return
    canvas.setPointerCapture(event.pointerId)
    remember()
    last = undefined
    draw(placeOf(event))
  })
  canvas.addEventListener("pointermove", (event) => {
    if (last && event.buttons) draw(placeOf(event))
  })
  for (const end of ["pointerup", "pointercancel"] as const)
    canvas.addEventListener(end, () => {
      last = undefined
    })

  canvas.addEventListener("keydown", (event) => {
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) takeBack()
    else if (event.ctrlKey || event.metaKey || event.altKey) return
    else if (event.key === "u") takeBack()
    else if (event.key === "e") {
      eraser.checked = !eraser.checked
      events.tell(eraser.checked ? "eraser" : "pen")
    } else if (event.key === " ") {
      isDown = !isDown
      last = undefined
      if (isDown) {
        remember()
        draw(place)
      }
      tellPlace()
    } else if (!move(event.key)) return
    event.preventDefault()
    show()
  })

  function move(key: string): boolean {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key]
    if (!step) return false
    const clamp = (x: number, size: number) => Math.min(size - 1, Math.max(0, x))
    place = [clamp(place[0] + step[0]!, width), clamp(place[1] + step[1]!, height)]
    if (isDown) draw(place)
    tellPlace()
    return true
  }

  function tellPlace(): void {
    const tool = eraser.checked ? "eraser" : "pen"
    events.tell(`row ${place[1]}, column ${place[0]}, ${tool} ${isDown ? "down" : "up"}`)
  }

  undo.disabled = true
  show()
  return {
    element,
    /** Shows what the model has: a sample, or what another view drew. */
    show(next: Uint8Array) {
      if (last !== undefined && !isDown) return
      ink = next.slice()
      show()
    },
  }
}
