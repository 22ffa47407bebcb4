import { ask } from "../shared/ask.js"
import { setAll } from "../shared/dom.js"
import type { Experimental } from "../shared/model.js"

/** Asks the kernel one thing after the other, and says while it is at it, and what went wrong. */
export function commander(experimental: Experimental, root: Element, status: Element) {
  let asked = 0
  const show = (text: string) => {
    status.textContent = text
    setAll(root, { "aria-busy": asked > 0 ? "true" : "false" })
  }
  show("")
  return async (name: string, message: unknown): Promise<void> => {
    asked++
    show("the kernel is asked …")
    let failed = ""
    try {
      await ask(experimental, name, message)
    } catch (error) {
      const { name: kind, message: words } = error as Error
      failed = kind === "TimeoutError" ? "the kernel does not answer" : words
    }
    asked--
    if (asked === 0 || failed) show(failed)
  }
}
