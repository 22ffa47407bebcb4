/**
 * Draws again what CSS cannot: when the element gets its place on the page, before which its colours and its width are
 * unknown (JupyterLab renders widgets and then attaches them), whenever its width changes, and with another theme.
 *
 * @returns what ends it
 */
export function redraw(element: Element, draw: () => void): () => void {
  let drawn = ""
  const look = () => {
    const now = `${element.clientWidth} ${document.body.dataset.jpThemeName} ${document.body.dataset.jpThemeLight}`
    if (now !== drawn) draw()
    drawn = now
  }
  const resized = new ResizeObserver(look)
  resized.observe(element)
  const themed = new MutationObserver(look)
  themed.observe(document.body, { attributeFilter: ["data-jp-theme-name", "data-jp-theme-light"] })
  return () => {
    resized.disconnect()
    themed.disconnect()
  }
}
