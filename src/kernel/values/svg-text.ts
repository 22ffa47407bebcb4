/**
 * SVG that stands alone. A page's own elements need no namespace and write HTML's entities; a picture is XML,
 * which needs the one and knows none of the others.
 */
export function withNamespace(text: string): string {
  const xml = text.replace(/&nbsp;/g, "&#160;")
  return xml.replace(/<svg(?=[\s/>])([^>]*)/, (tag, attributes: string) => {
    const svg = /\sxmlns\s*=/.test(attributes) ? "" : ' xmlns="http://www.w3.org/2000/svg"'
    const needsXlink = /\sxlink:/.test(xml) && !/\sxmlns:xlink\s*=/.test(attributes)
    const xlink = needsXlink ? ' xmlns:xlink="http://www.w3.org/1999/xlink"' : ""
    return `<svg${svg}${xlink}${tag.slice(4)}`
  })
}
