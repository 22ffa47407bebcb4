import { encodePng } from "../encode-png.js"

// The kernel's sign: the graph of PReLU, a gentle slope below zero and a steep one above, on TypeScript's blue.

const background = [0x31, 0x78, 0xc6]
const corner = { x: 0.5, y: 0.66 }
const left = { x: 0.12, y: 0.8 }
const right = { x: 0.86, y: 0.16 }
const strokeWidth = 0.1
const cornerRadius = 0.12

export function logoSvg(): string {
  const points = [left, corner, right].map(({ x, y }) => `${x * 64},${y * 64}`).join(" ")
  const color = `#${Buffer.from(background).toString("hex")}`
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">',
    `<rect width="64" height="64" rx="${cornerRadius * 64}" fill="${color}"/>`,
    `<polyline points="${points}" fill="none" stroke="#fff" stroke-width="${strokeWidth * 64}"`,
    ' stroke-linecap="round" stroke-linejoin="round"/></svg>\n',
  ].join("")
}

/** The same as a PNG of size x size pixels. */
export function logoPng(size: number): Buffer {
  const data = Buffer.alloc(size * size * 4)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const at = 4 * (y * size + x)
      const point = { x: (x + 0.5) / size, y: (y + 0.5) / size }
      const pen = cover(
        strokeWidth / 2 - Math.min(distance(point, left, corner), distance(point, corner, right)),
        size,
      )
      const inside = cover(cornerRadius - outsideBy(point), size)
      background.forEach((value, i) => {
        data[at + i] = Math.round(value + (255 - value) * pen)
      })
      data[at + 3] = Math.round(255 * inside)
    }
  return encodePng({ width: size, height: size, channels: 4, data })
}

interface Point {
  x: number
  y: number
}

/** How much of a pixel lies inside an edge at this signed distance. */
function cover(inside: number, size: number): number {
  return Math.min(1, Math.max(0, inside * size + 0.5))
}

function distance(p: Point, a: Point, b: Point): number {
  const along = { x: b.x - a.x, y: b.y - a.y }
  const t = ((p.x - a.x) * along.x + (p.y - a.y) * along.y) / (along.x ** 2 + along.y ** 2)
  const clamped = Math.min(1, Math.max(0, t))
  return Math.hypot(p.x - a.x - clamped * along.x, p.y - a.y - clamped * along.y)
}

/** Distance from the square that the rounded corners surround. */
function outsideBy({ x, y }: Point): number {
  const half = 0.5 - cornerRadius
  return Math.hypot(Math.max(Math.abs(x - 0.5) - half, 0), Math.max(Math.abs(y - 0.5) - half, 0))
}
