import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, onTestFailed } from "vitest"
import { openBrowser, screenshots, takePicture, type WatchedPage } from "./browser.js"
import { JupyterLab } from "./jupyterlab.js"
import { NotebookPage } from "./notebook-page.js"

export interface LabOptions {
  readonly gpu?: Parameters<typeof openBrowser>[0]
  /** How JupyterLab is started: with this build as its kernel unless told. */
  readonly start?: (folder: string) => Promise<JupyterLab>
}

/** JupyterLab on a folder of its own and a page of Chromium, for all tests of a file. */
export class UsedLab {
  lab!: JupyterLab
  watched!: WatchedPage
  /** The notebook that was opened. */
  path = ""

  constructor(
    readonly name: string,
    readonly folder: string,
  ) {}

  get page() {
    return this.watched.page
  }

  /** Writes a notebook of these cells, and opens it. */
  async open<Name extends string>(
    sources: Readonly<Record<Name, string>>,
    file = "notebook.ipynb",
  ): Promise<NotebookPage<Name>> {
    const notebook = new NotebookPage(this.page, sources)
    this.path = join(this.folder, file)
    notebook.write(this.path)
    await notebook.open(this.lab.urlOf(file))
    return notebook
  }

  /** In a test: if it fails it leaves a picture, and what the page and the kernel had to say. */
  readonly explainFailure = (test: string): void => {
    onTestFailed(async () => {
      await takePicture(this.page, `failed-${this.name}-${test}`)
      console.log([`screenshots: ${screenshots}`, ...this.watched.console, this.lab.said].join("\n"))
    })
  }
}

/** Starts both before a file's first test and ends them after its last. */
export function useJupyterLab(name: string, { gpu, start = startThisBuild }: LabOptions = {}): UsedLab {
  const used = new UsedLab(name, mkdtempSync(join(tmpdir(), `prelab-${name}-`)))
  beforeAll(async () => {
    used.lab = await start(used.folder)
    used.watched = await openBrowser(gpu)
    await forgetThemes(used)
  })
  afterAll(async () => {
    await used.watched?.browser.close()
    await used.lab?.stop()
    rmSync(used.folder, { recursive: true, force: true })
  })
  return used
}

function startThisBuild(folder: string): Promise<JupyterLab> {
  return JupyterLab.startThisBuild(folder, join(folder, ".prefix"))
}

/** The theme that a test chooses is kept for its file alone: JupyterLab would write it to the reader's settings. */
async function forgetThemes({ page }: UsedLab): Promise<void> {
  let raw: string | undefined
  await page.route(/\/api\/settings\/.*themes/, async (route) => {
    if (route.request().method() === "PUT") {
      raw = (route.request().postDataJSON() as { raw: string }).raw
      return route.fulfill({ status: 204 })
    }
    const response = await route.fetch()
    const kept = (await response.json()) as { raw: string }
    return route.fulfill({ response, json: { ...kept, raw: raw ?? kept.raw } })
  })
}
