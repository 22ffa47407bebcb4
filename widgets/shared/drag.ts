/** A place in an element, in pixels from its left and top, as a part of its width where it is scaled. */
export interface DragPlace {
  readonly x: number
  readonly y: number
  readonly width: number
}

/**
 * Follows a pointer from where it takes hold until it lets go.
 *
 * @param take whether there is something to hold at this place
 */
export function draggable(
  element: Element,
  take: (place: DragPlace) => boolean,
  move: (place: DragPlace) => void,
  drop: () => void = () => {},
): void {
  let held = false
  const on = (name: string, handler: (event: PointerEvent, place: DragPlace) => void) =>
    element.addEventListener(name, (event) => {
      const { clientX, clientY } = event as PointerEvent
      const { left, top, width } = element.getBoundingClientRect()
      handler(event as PointerEvent, { x: clientX - left, y: clientY - top, width })
    })
  const release = () => {
    if (held) drop()
    held = false
  }
  on("pointerdown", (event, place) => {
    if (event.button !== 0 || !take(place)) return
    held = true
    element.setPointerCapture(event.pointerId)
    event.preventDefault()
  })
  on("pointermove", (_, place) => {
    if (held) move(place)
  })
  on("pointerup", release)
  on("pointercancel", release)
}

/** -1 and 1 for arrow keys, 0 for the others and for those that go with Control, Alt or Meta: the page's own. */
export function arrowOf(event: KeyboardEvent): number {
  if (event.ctrlKey || event.metaKey || event.altKey) return 0
  return { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key] ?? 0
}
