// Cells that a reader runs in JupyterLab and in JupyterLite, to the same effect.

/** Fails in its second line, which its fifth calls. */
export const throwingCell = `function half(n: number): number {
  if (n % 2 === 1) throw new RangeError(\`\${n} is odd\`)
  return n / 2
}
half(5)`

/** A button that counts its clicks, which the kernel doubles. */
export const counterCell = `const counter = createWidget({
  esm: \`export default { render({ model, el }) {
    const button = document.createElement("button")
    const show = () => { button.textContent = model.get("count") + " clicks, doubled " + model.get("doubled") }
    button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes() }
    model.on("change", show)
    show()
    el.append(button)
  } }\`,
  state: { count: 0, doubled: 0 },
})
counter.on("change:count", (count) => counter.set("doubled", 2 * Number(count)))
counter`
