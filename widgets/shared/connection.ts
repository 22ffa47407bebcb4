import { h } from "./dom.js"
import type { View } from "./model.js"

/** ipywidgets' front end marks a view so while no kernel stands behind it. */
const disconnected = "jupyter-widgets-disconnected"

const gone = "The kernel of this widget has ended: run its cell again to use it."

/**
 * Says in a view that its kernel has ended, for as long as that is so: what the reader does then reaches nobody. The root element gets
 * the class `disconnected` meanwhile.
 *
 * @returns what ends it, for the view's cleanup
 */
export function watchConnection<State extends object>(
  { model, el }: Pick<View<State>, "model" | "el">,
  root: HTMLElement,
): () => void {
  const note = h("p", { class: "gone", role: "status" })
  root.prepend(note)
  const show = (isGone: boolean) => {
    note.textContent = isGone ? gone : ""
    note.hidden = !isGone
    root.classList.toggle("disconnected", isGone)
  }
  // anywidget takes off what the view itself listens to: its class is right when the view is made, and not renewed. The event comes when
  // the line to the kernel is cut; no line of an old model is ever mended.
  const cut = () => show(true)
  model.on("comm_live_update", cut)
  show(el.closest(`.${disconnected}`) !== null)
  return () => {
    model.off("comm_live_update", cut)
    note.remove()
  }
}
