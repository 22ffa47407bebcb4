/** The files of a new widget, by name: it runs in a notebook as they are, without a build. */
export function widgetTemplate(name: string): Record<string, string> {
  const title = name.replaceAll("-", " ")
  const kind = name.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase())
  const values = { name, title, kind }
  const fill = (text: string) =>
    text.replace(/\{(name|title|kind)\}/g, (_, key: keyof typeof values) => values[key])
  return {
    "index.js": fill(frontEnd),
    "style.css": fill(style),
    [`${name}.ipynb`]: `${JSON.stringify(notebook(cells.map(([type, text]) => [type, fill(text)])), null, 1)}\n`,
    "README.md": fill(readme),
  }
}

const frontEnd = `// The page's half of the widget, an anywidget module. Save this file: the widgets on the page change at once.
export default {
  /** Called for every view of a widget; what it returns is called when the view goes. */
  render({ model, el, experimental }) {
    const button = document.createElement("button")
    const answer = document.createElement("output")
    const root = document.createElement("div")
    root.className = "{name}"
    root.setAttribute("role", "group")
    root.setAttribute("aria-label", "{title}")
    // JupyterLab would take keys for its cells.
    root.dataset.lmSuppressShortcuts = "true"
    root.append(button, " ", answer)
    el.append(root)

    // What both halves share is state: it survives a reload of the page, and every view shows it.
    async function show() {
      const count = model.get("count")
      button.textContent = \`\${count} clicks\`
      // A command runs in the kernel and answers.
      const [{ value, error }] = await experimental.invoke("squareRoot", count)
      // An answer that comes late says nothing of a newer count.
      if (count === model.get("count")) answer.textContent = error ?? \`square root \${value.toFixed(3)}\`
    }

    button.addEventListener("click", () => {
      model.set("count", model.get("count") + 1)
      model.save_changes()
    })
    model.on("change:count", show)
    show()
    return () => model.off("change:count", show)
  },
}
`

const style = `/* The page's own colours, in light and in dark. */
.{name} {
  padding: 8px;
  color: var(--jp-ui-font-color1, CanvasText);
  font-variant-numeric: tabular-nums;
}
.{name} button {
  padding: 4px 12px;
  border: 1px solid currentColor;
  border-radius: 4px;
  color: inherit;
  background: transparent;
  font: inherit;
}
.{name} button:focus-visible {
  outline: 2px solid var(--jp-brand-color1, Highlight);
  outline-offset: 2px;
}
`

const cells: readonly (readonly ["markdown" | "code", string])[] = [
  [
    "markdown",
    "# {title}\n\nThe kernel's half of the widget. The page's half is `index.js`: edit it, save it, and look at the page.",
  ],
  [
    "code",
    `const {kind} = defineWidget({
  id: "{name}.{kind}",
  esm: "./index.js",
  css: "./style.css",
  state: { count: 0 },
  commands: {
    squareRoot: (n: number) => Math.sqrt(n),
  },
})
const widget = {kind}({ count: 2 })
widget`,
  ],
  ["markdown", "Each side sees the other's changes."],
  ["code", 'widget.set("count", widget.get("count") + 1)\nwidget.get("count")'],
  ["markdown", "A control of ipywidgets can hold the same value."],
  [
    "code",
    `const slider = new controls.IntSlider({ description: "count", max: 20 })
link(widget, "count", slider, "value")
slider`,
  ],
]

function notebook(texts: readonly (readonly ["markdown" | "code", string])[]): object {
  return {
    cells: texts.map(([cell_type, text], i) => ({
      cell_type,
      id: `cell-${i + 1}`,
      metadata: {},
      source: text.split(/(?<=\n)/),
      ...(cell_type === "code" ? { execution_count: null, outputs: [] } : {}),
    })),
    metadata: {
      kernelspec: { name: "prelab", display_name: "TypeScript (prelab)", language: "typescript" },
      language_info: { name: "typescript", file_extension: ".ts", mimetype: "application/typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  }
}

const readme = `# {title}

A widget for notebooks with prelab's kernel, in two halves that share a state:

- \`index.js\` and \`style.css\` run in the page. They are an anywidget module: no build, no framework, no network.
- \`{name}.ipynb\` has the kernel's half: the state that the widget begins with, and the commands that the page can ask for.

Run \`prelab lab\` here and open the notebook. While it is open, save \`index.js\` or \`style.css\`: the widgets on the page change,
and keep their state.

What is restored when the page is reloaded is the state; put into it all that has to last. Typed arrays, at any depth, travel as
bytes.
`
