import { context } from "../../../kernel/context.js"
import { mimeBundle } from "../../../kernel/mime-bundle.js"
import { control } from "./control.js"
import type { OutputState } from "./generated/index.js"

/** Shows what is appended to it, or what a function prints and displays: `output.capture(() => console.log(1))`. */
export class Output extends control<OutputState>("Output") {
  /** Shows one more value as a cell would show it, and a text as it is. */
  async append(value: unknown): Promise<void> {
    const output =
      typeof value === "string"
        ? { output_type: "stream", name: "stdout", text: `${value}\n` }
        : { output_type: "display_data", data: await mimeBundle(value), metadata: {} }
    this.outputs = [...this.outputs, output]
  }

  clear(): void {
    this.outputs = []
  }

  /** What `work` prints and displays goes here instead of below its cell, until it has ended. */
  async capture<T>(work: () => T | Promise<T>): Promise<T> {
    this.msg_id = context.getStore()?.parent ?? ""
    try {
      return await work()
    } finally {
      this.msg_id = ""
    }
  }
}
