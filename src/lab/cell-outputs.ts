import type { KernelMessage } from "./kernel-client.js"
import type { CodeCell, Data, Output } from "./notebook.js"

type Shown = Extract<Output, { data: Data }>

/** Puts a kernel's output messages into the cells they belong to, as Jupyter's own clients do. */
export class CellOutputs {
  readonly #cells = new Map<string, CodeCell>()
  readonly #displays = new Map<string, Shown[]>()
  readonly #clearing = new Set<CodeCell>()

  /** Messages whose parent is this request belong to this cell, also those that come after its end. */
  expect(request: string, cell: CodeCell): void {
    this.#cells.set(request, cell)
  }

  receive({ type, parent, content }: KernelMessage): void {
    const cell = this.#cells.get(parent ?? "")
    if (!cell) return
    if (type === "execute_input") cell.execution_count = content.execution_count as number
    else if (type === "clear_output") this.#clear(cell, content.wait === true)
    else if (type === "update_display_data") this.#update(content)
    else {
      const output = outputOf(type, content)
      if (output) this.#add(cell, output, displayIdOf(content))
    }
  }

  #clear(cell: CodeCell, wait: boolean): void {
    if (wait) this.#clearing.add(cell)
    else cell.outputs.length = 0
  }

  #add(cell: CodeCell, output: Output, displayId: string | undefined): void {
    if (this.#clearing.delete(cell)) cell.outputs.length = 0
    const last = cell.outputs.at(-1)
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      last.text = overwritten(last.text + output.text)
      return
    }
    if (output.output_type === "stream") output.text = overwritten(output.text)
    cell.outputs.push(output)
    if (displayId !== undefined && "data" in output)
      this.#displays.set(displayId, [...(this.#displays.get(displayId) ?? []), output])
  }

  /** Every output shown under this id changes, in whichever cell it stands. */
  #update(content: Data): void {
    for (const shown of this.#displays.get(displayIdOf(content) ?? "") ?? []) {
      shown.data = content.data as Data
      shown.metadata = content.metadata as Data
    }
  }
}

function outputOf(type: string, content: Data): Output | undefined {
  if (type === "stream")
    return { output_type: type, name: content.name as string, text: content.text as string }
  const shown = { data: content.data as Data, metadata: (content.metadata ?? {}) as Data }
  if (type === "display_data") return { output_type: type, ...shown }
  if (type === "execute_result")
    return { output_type: type, ...shown, execution_count: content.execution_count as number }
  if (type === "error")
    return {
      output_type: type,
      ename: content.ename as string,
      evalue: content.evalue as string,
      traceback: content.traceback as string[],
    }
  return undefined
}

function displayIdOf(content: Data): string | undefined {
  return (content.transient as { display_id?: string } | undefined)?.display_id
}

/** What a terminal still shows of text in which lines were written over after a carriage return. */
function overwritten(text: string): string {
  return text.replace(/^.*\r(?=[^\r\n])/gm, "")
}
