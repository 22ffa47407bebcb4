import { h, setAll } from "../shared/dom.js"

export interface HeatMaps {
  readonly data: ArrayLike<number>
  /** So many maps of rows and columns, one after the other. */
  readonly maps: number
  readonly rows: number
  readonly columns: number
  /** What has the full colour. */
  readonly most: number
  /** Colours of values above 0 and below, as custom properties. */
  readonly above?: string
  readonly label: string
}

const gap = 4

/** Side of a value's square: small pictures are not tiny, large ones fit. */
function sideOf(values: number): number {
  return values <= 90 ? 20 : values <= 300 ? 12 : values <= 1200 ? 8 : 4
}

/**
 * Values as squares: warm above 0, cool below and with a hole, the fuller the farther from 0, clear at 0. Nothing but the page is behind them, so
 * that they fit light and dark.
 *
 * @param host is on the page already, with the widget's colours
 */
export function heatMaps(host: Element, hover: (index: number | undefined) => void = () => {}) {
  const canvas = h("canvas", { role: "img" })
  let at = (_x: number, _y: number): number | undefined => undefined
  canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => hover(at(offsetX, offsetY)))
  canvas.addEventListener("pointerleave", () => hover(undefined))
  return {
    element: canvas,
    update({ data, maps, rows, columns, most, above = "--warm", label }: HeatMaps, room: number) {
      const side = Math.max(2, Math.min(sideOf(maps * rows * columns), Math.floor(room / columns)))
      const hole = Math.round(side / 6)
      const [width, height] = [columns * side + gap, rows * side + gap]
      const across = Math.max(1, Math.min(maps, Math.floor((room + gap) / width)))
      setAll(canvas, {
        width: across * width - gap,
        height: Math.ceil(maps / across) * height - gap,
        "aria-label": label,
      })
      const context = canvas.getContext("2d")
      if (!context) return
      const style = getComputedStyle(host)
      const colours = [
        style.getPropertyValue(above),
        style.getPropertyValue("--cool"),
        style.getPropertyValue("--line"),
      ]
      for (let map = 0; map < maps; map++) {
        const [left, top] = [(map % across) * width, Math.floor(map / across) * height]
        context.globalAlpha = 1
        context.strokeStyle = colours[2]!
        context.strokeRect(left + 0.5, top + 0.5, columns * side - 1, rows * side - 1)
        for (let i = 0; i < rows * columns; i++) {
          const value = data[map * rows * columns + i] ?? 0
          const [x, y] = [left + (i % columns) * side, top + Math.floor(i / columns) * side]
          context.globalAlpha = Math.min(1, Math.abs(value) / most || 0)
          context.fillStyle = colours[value < 0 ? 1 : 0]!
          context.fillRect(x, y, side, side)
          if (value < 0) context.clearRect(x + (side - hole) / 2, y + (side - hole) / 2, hole, hole)
        }
      }
      at = (x, y) => {
        const [column, row] = [Math.floor((x % width) / side), Math.floor((y % height) / side)]
        const map = Math.floor(y / height) * across + Math.floor(x / width)
        return column < columns && row < rows && map < maps
          ? (map * rows + row) * columns + column
          : undefined
      }
    },
  }
}

/** The largest size, 1 where all is 0. */
export function largestOf(data: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < data.length; i++)
    if (Number.isFinite(data[i])) most = Math.max(most, Math.abs(data[i]!))
  return most || 1
}
