/** One line of a drawing: a name and its points. */
export interface Curve {
  readonly name: string
  readonly x: readonly number[]
  readonly y: readonly number[]
}

/** What the axes say. */
export interface CurvesAxes {
  readonly x: string
  readonly y: string
  /** Words in place of the numbers 0, 1, 2 … of the y axis, which then runs down. */
  readonly rows?: readonly string[]
}

/** Lines with points over one pair of axes: a value that a result without a picture of its own is shown as. */
export class Curves {
  readonly title: string
  readonly axes: CurvesAxes
  readonly curves: readonly Curve[]

  constructor(title: string, axes: CurvesAxes, curves: readonly Curve[]) {
    this.title = title
    this.axes = axes
    this.curves = curves
  }

  toString(): string {
    return this.title
  }
}
