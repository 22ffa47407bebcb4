/** One kind of control, as the page's front end knows it. */
export interface ControlEntry {
  readonly module: string
  readonly version: string
  /** Name of the view's class; null for what is not shown. */
  readonly view: string | null
  /** Where that class is, if not in the model's module. */
  readonly viewModule?: string
  /** The control that holds its style. */
  readonly style?: string
  /** Which kind of date its value, min and max are. */
  readonly date?: string
  /** What it begins with. */
  readonly state: Readonly<Record<string, unknown>>
}
