/** Something with a model on the page: any widget. */
export interface Shown {
  readonly modelId: string
}

/** What a box can hold: a widget, or something that shows itself by one. */
export type Child = Shown | { readonly widget: Shown }

/** A widget and the name of one of its values. */
export type LinkEnd = readonly [widget: Shown, name: string]

/** A file that the reader has chosen. */
export interface UploadedFile {
  readonly name: string
  /** MIME type, as the browser guesses it. */
  readonly type: string
  /** In bytes. */
  readonly size: number
  /** Milliseconds since 1970. */
  readonly last_modified: number
  readonly content: Uint8Array
}

/** The child's own widget. */
export function widgetOf(child: Child): Shown {
  return "modelId" in child ? child : child.widget
}
