/** How far a pen of a picture this wide reaches, in pixels: MNIST's strokes are two to three of 28 wide. */
const reachOf = (width: number) => Math.max(0.8, width / 22)

/** A line from one place to another, soft at its edges; places are pixels' middles. */
export function stroke(
  ink: Uint8Array,
  width: number,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  erase: boolean,
): Uint8Array {
  const next = ink.slice()
  const reach = reachOf(width) * (erase ? 1.6 : 1)
  const [dx, dy] = [toX - fromX, toY - fromY]
  const length = dx * dx + dy * dy
  for (let i = 0; i < ink.length; i++) {
    const [x, y] = [(i % width) - fromX, Math.floor(i / width) - fromY]
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / length))
    const distance = Math.hypot(x - along * dx, y - along * dy)
    const strength = Math.min(1, Math.max(0, reach + 0.5 - distance))
    next[i] = erase
      ? Math.min(ink[i]!, Math.round(255 * (1 - strength)))
      : Math.max(ink[i]!, Math.round(255 * strength))
  }
  return next
}

/** Moved by whole pixels so that its centre of mass is in the middle, as MNIST's digits are. */
export function centred(ink: Uint8Array, width: number): Uint8Array {
  const height = ink.length / width
  let [sum, x, y] = [0, 0, 0]
  ink.forEach((value, i) => {
    sum += value
    x += value * (i % width)
    y += value * Math.floor(i / width)
  })
  if (sum === 0) return ink.slice()
  const [right, down] = [Math.round(width / 2 - x / sum), Math.round(height / 2 - y / sum)]
  const next = new Uint8Array(ink.length)
  ink.forEach((value, i) => {
    const [column, row] = [(i % width) + right, Math.floor(i / width) + down]
    if (column >= 0 && column < width && row >= 0 && row < height) next[row * width + column] = value
  })
  return next
}

export function hexOf(ink: Uint8Array): string {
  return Array.from(ink, (value) => value.toString(16).padStart(2, "0")).join("")
}

export function inkOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  )
}
