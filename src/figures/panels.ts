/** One plot of a figure that has several, one below the other. */
export interface Panel {
  readonly data: readonly object[]
  /** In pixels. */
  readonly height: number
  readonly x: object
  readonly y: object
  /** Placed by this panel's axes. */
  readonly annotations?: readonly object[]
}

/** Room for a panel's x axis and what stands above the next one, in pixels. */
const gap = 62

/**
 * Stacks panels: the first one on top, each with axes of its own. `height` is that of all with the gaps
 * between.
 */
export function stack(panels: readonly Panel[]): {
  data: object[]
  axes: Record<string, unknown>
  height: number
} {
  const height = panels.reduce((sum, panel) => sum + panel.height + gap, -gap)
  const axes: Record<string, unknown> = {}
  const data: object[] = []
  const annotations: object[] = []
  let top = height
  panels.forEach((panel, i) => {
    const n = i === 0 ? "" : String(i + 1)
    const domain = [Math.max(0, (top - panel.height) / height), Math.min(1, top / height)]
    axes[`xaxis${n}`] = { ...panel.x, anchor: `y${n}` }
    axes[`yaxis${n}`] = { ...panel.y, anchor: `x${n}`, domain }
    data.push(...panel.data.map((trace) => ({ ...trace, xaxis: `x${n}`, yaxis: `y${n}` })))
    annotations.push(
      ...(panel.annotations ?? []).map((note) => ({ ...note, xref: `x${n} domain`, yref: `y${n}` })),
    )
    top -= panel.height + gap
  })
  return { data, axes: { ...axes, ...(annotations.length > 0 ? { annotations } : {}) }, height }
}
