import type { FromPage, PageEngineState, ToPage } from "../../src/widgets/page-messages.js"

/** anywidget's model, as far as this widget needs it. */
export interface Model {
  get<K extends keyof PageEngineState>(name: K): PageEngineState[K]
  on(event: "msg:custom", handler: (message: ToPage, buffers: ArrayBufferView[]) => void): void
  on(event: string, handler: () => void): void
  off(event: string, handler: (...args: never[]) => void): void
  send(message: FromPage, callbacks?: undefined, buffers?: ArrayBuffer[]): void
}

/** The bytes of a buffer as the page gets it: a DataView. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
