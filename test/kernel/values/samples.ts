import { type Table, tableFromArrays, tableFromJSON } from "apache-arrow"
import { parseHTML } from "linkedom"
import { encodePng } from "../../../src/encode-png.js"

export const { document } = parseHTML("<html><body></body></html>")

export const png = encodePng({ width: 3, height: 2, channels: 1, data: new Uint8Array(6) })
export const gif = Buffer.from("GIF89a\x05\0\x04\0\x80\0\0", "latin1")
export const jpeg = Buffer.from(
  "\xff\xd8\xff\xe0\0\x04JF\xff\xff\xc0\0\x11\x08\0\x07\0\x09\x03\x01\x22\0\x02\x11\x01\x03\x11\x01",
  "latin1",
)
/** One black pixel, lossy and lossless. */
export const webp = Buffer.from("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA", "base64")
export const losslessWebp = Buffer.from("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==", "base64")
export const extendedWebp = Buffer.concat([
  Buffer.from("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0", "latin1"),
  Buffer.from([0, 0, 0, 0, 0x1f, 0x03, 0, 0x57, 0x02, 0]),
])
export const avif = Buffer.concat([
  Buffer.from("\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "latin1"),
  Buffer.from("\0\0\0\x14ispe\0\0\0\0\0\0\0\x10\0\0\0\x08", "latin1"),
])
export const heic = Buffer.from("\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "latin1")
export const bmp = Buffer.from("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\xfd\xff\xff\xff", "latin1")
export const svgFile = Buffer.from(
  '<?xml version="1.0"?>\n<!-- made by hand -->\n<svg viewBox="0 0 1 1"><g/></svg>',
)

export const sines = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i))

/** As TensorFlow.js' tensors are: values only on demand. */
export class Tensor {
  reads = 0
  constructor(
    readonly shape: number[],
    readonly values32: Float32Array,
    readonly dtype = "float32",
  ) {}

  data(): Promise<Float32Array> {
    return Promise.resolve(this.values32)
  }

  dataSync(): Float32Array {
    this.reads++
    return this.values32
  }
}

export const arrowTable: Table = tableFromArrays({
  id: BigInt64Array.from({ length: 150 }, (_, i) => BigInt(i)),
  ratio: Float64Array.from({ length: 150 }, (_, i) => i / 4),
  name: Array.from({ length: 150 }, (_, i) => (i === 1 ? null : `<n${i}>`)),
  when: Array.from({ length: 150 }, (_, i) => new Date(Date.UTC(2020, 0, 1 + i))),
})

export const nestedArrow: Table = tableFromJSON([{ point: { x: 1 }, list: [1, 2] }])

export function element(markup: string) {
  const holder = document.createElement("div")
  holder.innerHTML = markup
  return holder.firstElementChild
}
