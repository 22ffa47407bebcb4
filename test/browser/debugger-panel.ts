import type { Locator, Page } from "playwright-core"

/** JupyterLab's debugger at the right of the page. */
export class DebuggerPanel {
  readonly bug: Locator
  /** The line at which the code is stopped. */
  readonly stoppedAt: Locator
  readonly breakpoints: Locator
  readonly #panel: Locator

  constructor(readonly page: Page) {
    this.bug = page.locator(".jp-DebuggerBugButton")
    this.stoppedAt = page.locator(".jp-DebuggerEditor-highlight")
    this.#panel = page.locator("#jp-debugger-sidebar")
    this.breakpoints = this.#panel.locator(".jp-DebuggerBreakpoint")
  }

  async isOn(): Promise<boolean> {
    return (await this.bug.getAttribute("aria-pressed")) === "true"
  }

  /** Clicks beside a line, where breakpoints are. */
  async clickGutter(cell: Locator, line: Locator): Promise<void> {
    const gutter = await cell.locator(".cm-gutter.cm-breakpoint-gutter").boundingBox()
    const beside = await line.boundingBox()
    if (!gutter || !beside) throw new Error("no gutter to click")
    await this.page.mouse.click(gutter.x + gutter.width / 2, beside.y + beside.height / 2)
  }

  /** Presses one of the buttons above the call stack: next, continue and the like. */
  async press(command: string): Promise<void> {
    await this.#panel.locator(`[data-command="debugger:${command}"]`).click()
  }

  async showScope(name: string): Promise<void> {
    await this.#panel.getByLabel("Scope").selectOption(name)
  }

  /** The list of variables as a reader sees it: each name with what stands behind it. */
  async variables(): Promise<string[]> {
    const names = await this.#panel.locator(".jp-DebuggerVariables-name").allTextContents()
    const details = await this.#panel.locator(".jp-DebuggerVariables-detail").allTextContents()
    return names.map((name, i) => `${name}: ${details[i]}`)
  }

  frames(): Promise<string[]> {
    return this.#panel.locator(".jp-DebuggerCallstackFrame-name").allTextContents()
  }

  /** Opens a variable in a panel of its own, and gives that panel. */
  async render(name: string): Promise<Locator> {
    await this.#panel.locator("jp-tree-item", { hasText: name }).first().hover()
    await this.#panel.getByTitle(`Render variable: ${name}`).click()
    return this.page.locator(".jp-DebuggerRichVariable")
  }
}
