import { type ControlOptions, control } from "./control.js"
import type { TabState } from "./generated/index.js"

/** Children behind each other, one of them in front: the first, unless told. */
export class Tab extends control<TabState>("Tab") {
  constructor(options: ControlOptions<TabState> = {}) {
    super({ selected_index: options.children?.length ? 0 : null, ...options })
  }
}
