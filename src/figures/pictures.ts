import { encodePng } from "../encode-png.js"
import { PrelabError } from "../error.js"
import { type Blob, formatShape } from "../net/index.js"

export interface PicturesOptions {
  /** Pictures a row; as many as fit 700 pixels unless told. */
  readonly columns?: number
  /** Screen pixels a value; chosen so that small pictures are not tiny. */
  readonly zoom?: number
}

/** A batch of images, or the channels of an activation, side by side. Shows itself as a picture. */
export class Pictures {
  readonly shape: Blob["shape"]
  /** The least and the largest value: black and white. */
  readonly range: readonly [number, number]
  readonly columns: number
  readonly zoom: number
  readonly #data: Float32Array

  constructor({ shape, data }: Blob, { columns, zoom }: PicturesOptions = {}) {
    if (shape.length < 2 || data.length === 0)
      throw new PrelabError("pictures need height and width", formatShape(shape))
    const [height, width] = shape.slice(-2) as [number, number]
    this.shape = shape
    this.range = data.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [data[0]!, data[0]!],
    )
    this.zoom = zoom ?? Math.max(1, Math.floor(64 / Math.max(height, width)))
    this.columns = Math.min(columns ?? Math.max(1, Math.floor(700 / (width * this.zoom))), this.count)
    this.#data = data
  }

  /** How many planes of height x width there are. */
  get count(): number {
    return this.shape.slice(0, -2).reduce((product, extent) => product * extent, 1)
  }

  toString(): string {
    const [height, width] = this.shape.slice(-2)
    return `${this.count} ${this.count === 1 ? "picture" : "pictures"} of ${height}x${width}, ${this.range.join(" to ")}`
  }

  /** The PNG: grey, black for the least value and white for the largest, one pixel of space between pictures. */
  toPng(): Buffer {
    const [height, width] = this.shape.slice(-2) as [number, number]
    const { zoom, columns, count } = this
    const [stepX, stepY] = [width * zoom + 1, height * zoom + 1]
    const size = { width: columns * stepX - 1, height: Math.ceil(count / columns) * stepY - 1 }
    const data = new Uint8Array(size.width * size.height).fill(128)
    const [low, high] = this.range
    const scale = high > low ? 255 / (high - low) : 0
    for (let n = 0; n < count; n++) {
      const corner = Math.floor(n / columns) * stepY * size.width + (n % columns) * stepX
      for (let y = 0; y < height * zoom; y++) {
        const row = (n * height + Math.floor(y / zoom)) * width
        for (let x = 0; x < width * zoom; x++) {
          data[corner + y * size.width + x] = (this.#data[row + Math.floor(x / zoom)]! - low) * scale
        }
      }
    }
    return encodePng({ ...size, channels: 1, data })
  }

  [Symbol.for("Jupyter.display")](): Record<string, string> {
    const png = this.toPng().toString("base64")
    // JupyterLab gives a bare PNG no words for those who cannot see it.
    const image = `<img alt="${this}" src="data:image/png;base64,${png}">`
    return { "text/html": image, "image/png": png, "text/plain": String(this) }
  }
}

/**
 * Shows a blob [..., height, width] as grey pictures: a batch of images, or an activation channel by channel.
 * @throws PrelabError when the blob has fewer than two axes or no values
 */
export function pictures(blob: Blob, options?: PicturesOptions): Pictures {
  return new Pictures(blob, options)
}
