import type { SampleImage } from "../../src/widgets/activation-state.js"
import { h, setAll } from "../shared/dom.js"

/** The sample as it goes in, where it cannot be drawn. */
export function samplePicture() {
  const canvas = h("canvas", { class: "pad", role: "img" })
  return {
    element: canvas,
    update(image: SampleImage | null) {
      canvas.hidden = image === null
      if (image === null) return
      const { sample, width, height } = image
      setAll(canvas, { width, height, "aria-label": `sample ${sample}, ${width} by ${height} pixels` })
      const { buffer, byteOffset, byteLength } = image.pixels
      const pixels = new Uint8ClampedArray(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)
      canvas.getContext("2d")!.putImageData(new ImageData(pixels, width, height), 0, 0)
    },
  }
}
