const kept = "fill stroke stroke-width stroke-dasharray opacity font text-anchor dominant-baseline".split(" ")

/** Gives a drawing to the reader as a file of its own: what it has from the page's style is written into it. */
export function saveSvg(svg: SVGSVGElement, name: string): void {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const originals = svg.querySelectorAll("*")
  copy.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i]!)
    element.setAttribute("style", kept.map((key) => `${key}:${style.getPropertyValue(key)}`).join(";"))
  })
  const { width, height } = svg.viewBox.baseVal
  copy.setAttribute("width", String(width))
  copy.setAttribute("height", String(height))
  copy.setAttribute("style", `background:${getComputedStyle(svg.closest(".prelab-net")!).backgroundColor}`)
  const link = document.createElement("a")
  link.href = URL.createObjectURL(
    new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }),
  )
  link.download = `${name.replace(/[^\w.-]+/g, "_")}.svg`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
