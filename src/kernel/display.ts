import { randomUUID } from "node:crypto"
import type { Dict, Mimebundle } from "./dict.js"
import { hasHost, host } from "./host.js"
import { mimeBundle, rawBundle } from "./mime-bundle.js"
import { plainJson } from "./plain-json.js"

export interface DisplayOptions {
  /** The value is a MIME bundle itself: its keys are MIME types. */
  raw?: boolean
  /** Names the output, so that `updateDisplay` can replace it. */
  displayId?: string
  /** MIME metadata, such as `{ "image/png": { width: 200 } }`. */
  metadata?: Dict
}

/** An output on the page that can still change. */
export class DisplayHandle {
  constructor(readonly id: string) {}

  /** Shows something else in its place. */
  update(value: unknown, options: Omit<DisplayOptions, "displayId"> = {}): void {
    updateDisplay(this.id, value, options)
  }
}

/**
 * Shows a value below the cell. Objects with a `Symbol.for("Jupyter.display")` method show themselves, the bytes of
 * picture files become images, records and tensors tables; with `raw`, the value is the MIME bundle: `display({ "text/html": "<b>hi</b>" }, { raw: true })`.
 */
export function display(value: unknown, options: DisplayOptions = {}): DisplayHandle {
  const handle = new DisplayHandle(options.displayId ?? randomUUID())
  show("display_data", handle.id, value, options)
  return handle
}

/** Replaces every output that was displayed under this id. */
export function updateDisplay(
  displayId: string,
  value: unknown,
  options: Omit<DisplayOptions, "displayId"> = {},
): void {
  show("update_display_data", displayId, value, options)
}

/** Empties the cell's output; with `wait` only when the next output arrives, so that nothing flickers. */
export function clearOutput(options: { wait?: boolean } = {}): void {
  host("clearOutput").publish("clear_output", { wait: options.wait === true })
}

function show(msgType: string, displayId: string, value: unknown, options: DisplayOptions): void {
  const bundle = options.raw ? rawBundle(value as object) : mimeBundle(value)
  const publish = (data: Mimebundle) => {
    // In a plain Node program there is no page: the text stands for it.
    if (!hasHost()) return void process.stdout.write(`${data["text/plain"] ?? ""}\n`)
    // transient is always an object: older readers crash on null.
    const transient = { display_id: displayId }
    host("display").publish(msgType, { data, metadata: plainJson(options.metadata ?? {}), transient })
  }
  if (!(bundle instanceof Promise)) return void publish(bundle)
  const shown = bundle.then(publish)
  if (hasHost()) host("display").waitFor(shown)
}
