import { mkdirSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"

const themes = {
  light: "background:#fff",
  dark: "background:#111;--jp-ui-font-color1:#eee;--jp-ui-font-color2:#b5b5b5;--jp-layout-color1:#111;--jp-border-color2:#555;--jp-brand-color1:#64b5f6",
}

export type Theme = keyof typeof themes

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--disable-gpu"],
  })
}

export interface WidgetPage {
  readonly page: Page
  /** What the page's scripts threw. */
  readonly errors: string[]
  /** Requests that would leave the machine. */
  readonly foreign: string[]
}

/** An empty page in the colours of JupyterLab's light or dark theme. */
export async function openPage(browser: Browser, theme: Theme = "light", width = 820): Promise<WidgetPage> {
  const page = await browser.newPage({ viewport: { width, height: 760 }, colorScheme: theme })
  page.setDefaultTimeout(90_000)
  const errors: string[] = []
  const foreign: string[] = []
  page.on("pageerror", (error) => errors.push(error.message))
  page.on("request", (request) => {
    if (!/^(data|blob|about):/.test(request.url())) foreign.push(request.url())
  })
  await page.setContent(
    `<!doctype html><html lang="en"><head><title>widget</title></head><body data-jp-theme-light="${theme === "light"}" style="margin:0;${themes[theme]}"></body></html>`,
  )
  return { page, errors, foreign }
}

/** A screenshot, where somebody wants to look. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PRELAB_SCREENSHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js")

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe-core finds that keeps somebody out: its serious and critical violations, one line each. */
export async function barriers(page: Page, selector = "body"): Promise<string[]> {
  await page.addScriptTag({ path: axe })
  const violations = (await page.evaluate(
    `axe.run(${JSON.stringify(selector)}).then(({ violations }) => violations)`,
  )) as Violation[]
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`)
}
