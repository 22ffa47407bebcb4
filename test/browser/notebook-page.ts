import { readFileSync, writeFileSync } from "node:fs"
import type { Locator, Page } from "playwright-core"

/** Writes a notebook for this kernel whose cells have these texts. */
export function writeNotebook(path: string, sources: readonly string[]): void {
  const cells = sources.map((source, i) => ({
    ...{ cell_type: "code", id: `cell-${i}`, metadata: {}, source },
    ...{ execution_count: null, outputs: [] },
  }))
  const kernelspec = { name: "prelab", display_name: "TypeScript (prelab)", language: "typescript" }
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells }))
}

/** The open notebook, driven as a reader does: keys, clicks and menus. Cells go by the names in `sources`. */
export class NotebookPage<Name extends string> {
  readonly #names: readonly Name[]

  constructor(
    readonly page: Page,
    readonly sources: Readonly<Record<Name, string>>,
  ) {
    this.#names = Object.keys(sources) as Name[]
  }

  write(path: string): void {
    writeNotebook(path, Object.values<string>(this.sources))
  }

  /** Opens it and waits for the kernel: cells that run before make JupyterLab ask which one to use. */
  async open(url: string): Promise<void> {
    await this.page.goto(url)
    await this.page.locator(".jp-Notebook").waitFor()
    await this.idle()
  }

  async idle(): Promise<void> {
    await this.page.getByText("TypeScript (prelab) | Idle").waitFor()
  }

  cell(name: Name): Locator {
    return this.page.locator(".jp-Notebook .jp-CodeCell").nth(this.#names.indexOf(name))
  }

  editor(name: Name): Locator {
    return this.cell(name).locator(".cm-content").first()
  }

  output(name: Name): Locator {
    return this.cell(name).locator(".jp-OutputArea-output")
  }

  line(name: Name, number: number): Locator {
    return this.editor(name)
      .locator(".cm-line")
      .nth(number - 1)
  }

  /** Puts the cursor behind the last character of a cell. */
  async edit(name: Name): Promise<void> {
    await this.editor(name).click()
    await this.page.keyboard.press("Control+End")
  }

  /** Runs a cell, which may go on for long. */
  async start(name: Name): Promise<void> {
    await this.edit(name)
    await this.page.keyboard.press("Control+Enter")
  }

  /** Runs a cell to its end. */
  async run(name: Name): Promise<void> {
    const before = await this.prompt(name)
    await this.start(name)
    await this.#numbered(name, before).waitFor()
  }

  /** Waits for the end of a cell that has been started. */
  async finished(name: Name): Promise<void> {
    await this.#numbered(name).waitFor()
  }

  /** Presses the stop button, and waits for the end of the cell. */
  async stop(name: Name): Promise<void> {
    await this.#button("notebook:interrupt-kernel").click()
    await this.finished(name)
  }

  async isRunning(name: Name): Promise<boolean> {
    return (await this.prompt(name)) === "[*]:"
  }

  async prompt(name: Name): Promise<string> {
    return (await this.#prompt(name).textContent()) ?? ""
  }

  /** Saves with the keyboard, and gives the metadata of the file. */
  async save(path: string): Promise<Record<string, unknown>> {
    // JupyterLab saves its workspace too, when it likes.
    const saved = this.page.waitForResponse(
      (answer) =>
        answer.request().method() === "PUT" && answer.url().includes("/api/contents/") && answer.ok(),
    )
    await this.page.keyboard.press("Control+s")
    await saved
    return JSON.parse(readFileSync(path, "utf8")).metadata
  }

  /** Takes the output of a cell away. */
  async clear(name: Name): Promise<void> {
    await this.edit(name)
    await this.menu("Edit", "Clear Cell Output")
  }

  /** What stands below a cell, as text. */
  async text(name: Name): Promise<string> {
    return (await this.output(name).allInnerTexts()).join("\n")
  }

  async menu(menu: string, item: string): Promise<void> {
    await this.page.locator(".lm-MenuBar-itemLabel").getByText(menu, { exact: true }).click()
    await this.page.locator(".lm-Menu-itemLabel").getByText(item, { exact: true }).click()
  }

  /** Chooses JupyterLab's theme, and waits until the page has it. */
  async chooseTheme(theme: "Dark" | "Light"): Promise<void> {
    await this.menu("Settings", "Theme")
    await this.page.locator(".lm-Menu-itemLabel").getByText(`JupyterLab ${theme}`, { exact: true }).click()
    await this.page.locator(`[data-jp-theme-light="${theme === "Light"}"]`).waitFor({ state: "attached" })
  }

  /** A button of the notebook's toolbar, by the command that it runs. */
  #button(command: string): Locator {
    return this.page.locator(`.jp-NotebookPanel-toolbar [data-command="${command}"]`)
  }

  #prompt(name: Name): Locator {
    return this.cell(name).locator(".jp-InputPrompt")
  }

  /** The prompt once it has a number, which a cell gets at its end, and another one than before. */
  #numbered(name: Name, before = ""): Locator {
    return this.#prompt(name).filter({ hasText: /^\[\d+\]:$/, hasNotText: before || "[*]" })
  }
}
