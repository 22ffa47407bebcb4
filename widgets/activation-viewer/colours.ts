/** Red, green, blue of the page's colours: negative, zero, positive. */
export type Palette = readonly [cool: number[], paper: number[], warm: number[]]

/** The page's own colours, as they are now: they change with its theme. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element)
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!
  const rgb = (name: string) => {
    context.fillStyle = style.getPropertyValue(name)
    context.fillRect(0, 0, 1, 1)
    return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)]
  }
  return [rgb("--cool"), rgb("--paper"), rgb("--warm")]
}

/** Paints values from -most to most: blue below zero, orange above, the page's colour at zero. */
export function paint(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  width: number,
  most: number,
  [cool, paper, warm]: Palette,
): void {
  const image = new ImageData(width, values.length / width)
  for (let i = 0; i < values.length; i++) {
    const part = Math.max(-1, Math.min(1, values[i]! / most))
    const full = part < 0 ? cool : warm
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper[c]! + Math.abs(part) * (full[c]! - paper[c]!)
    image.data[4 * i + 3] = 255
  }
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext("2d")!.putImageData(image, 0, 0)
}
