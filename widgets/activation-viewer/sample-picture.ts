import type { SampleImage } from "../../src/widgets/activation-state.js"
import { h, setAll } from "../shared/dom.js"
import { bytes } from "../shared/numbers.js"

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
      canvas.getContext("2d")!.putImageData(new ImageData(bytes(image.pixels), width, height), 0, 0)
    },
  }
}
