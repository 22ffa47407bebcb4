type Attributes = Readonly<Record<string, string | number | boolean | undefined>>
type Child = Node | string

/** An HTML element with attributes; true is an attribute without a value, false and undefined are none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children)
}

export function button(words: string, act: () => void): HTMLButtonElement {
  const made = h("button", { type: "button" }, words)
  made.addEventListener("click", act)
  return made
}

/** The same as `h` for SVG. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children)
}

function filled<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  setAll(element, attributes)
  element.append(...children)
  return element
}

export function setAll(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) element.removeAttribute(name)
    else element.setAttribute(name, value === true ? "" : String(value))
  }
}

/** A linear scale: from the domain to pixels. */
export function scale([a, b]: readonly [number, number], [p, q]: readonly [number, number]) {
  return {
    to: (x: number) => p + ((x - a) / (b - a)) * (q - p),
    from: (pixel: number) => a + ((pixel - p) / (q - p)) * (b - a),
  }
}
