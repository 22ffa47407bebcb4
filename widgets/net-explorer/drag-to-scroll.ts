/**
 * Lets the mouse drag what scrolls; fingers do that by themselves.
 *
 * @param click told what was pressed without dragging it
 */
export function dragToScroll(element: HTMLElement, click: (target: Element) => void): void {
  let moved = 0
  element.addEventListener("pointermove", ({ buttons, pointerId, pointerType, movementX, movementY }) => {
    if (buttons !== 1 || pointerType === "touch") return
    moved += Math.abs(movementX) + Math.abs(movementY)
    if (moved < 4) return
    element.setPointerCapture(pointerId)
    element.scrollBy(-movementX, -movementY)
  })
  element.addEventListener("pointerdown", () => {
    moved = 0
  })
  element.addEventListener("click", ({ target }) => {
    if (moved < 4) click(target as Element)
  })
}
