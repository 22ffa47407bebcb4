import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { accessSync, constants } from "node:fs"
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { cacheFolder } from "../cache-folder.js"
import { PrelabError } from "../error.js"
import type { PlotlyFigure } from "./plotly.js"

/** Size in CSS pixels; the picture has twice as many, for dense screens. */
const width = 760

const browsers = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome"]

/**
 * True when figures carry a PNG beside plotly's JSON: PRELAB_PNG=1, as when notebooks are run to be
 * committed.
 */
export function wantsPng(): boolean {
  return process.env.PRELAB_PNG === "1"
}

/**
 * A figure as PNG bytes, drawn by plotly itself in a headless Chromium on a white page. Pictures are kept in
 * the user's cache folder under the hash of what is drawn.
 *
 * @throws PrelabError when no browser is found (PATH, or PRELAB_CHROME), or it draws nothing
 */
export async function figurePng(figure: PlotlyFigure): Promise<Uint8Array> {
  const plotly = createRequire(import.meta.url).resolve("plotly.js/plotly.min.js")
  const page = pageOf(figure, pathToFileURL(plotly).href)
  const folder = cacheFolder("png")
  const file = join(folder, `${createHash("sha256").update(page).digest("hex")}.png`)
  const cached = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (cached) return cached
  const drawn = await draw(page, heightOf(figure))
  await mkdir(folder, { recursive: true })
  const unfinished = `${file}.${process.pid}`
  await writeFile(unfinished, drawn)
  await rename(unfinished, file)
  return drawn
}

async function draw(page: string, height: number): Promise<Uint8Array> {
  const browser = findBrowser()
  const folder = await mkdtemp(join(tmpdir(), "prelab-png-"))
  try {
    const [source, picture] = [join(folder, "figure.html"), join(folder, "figure.png")]
    await writeFile(source, page)
    await promisify(execFile)(
      browser,
      [
        "--headless=new",
        // A browser that runs as root, as in a container, has no sandbox.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=2",
        `--user-data-dir=${join(folder, "profile")}`,
        `--window-size=${width},${height}`,
        `--screenshot=${picture}`,
        // The picture is taken when plotly has drawn: time runs ahead while nothing is left to do.
        "--virtual-time-budget=10000",
        pathToFileURL(source).href,
      ],
      { timeout: 60_000 },
    )
    return await readFile(picture)
  } catch (error) {
    throw new PrelabError("figure not drawn", browser, { cause: error })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** A page with nothing but the figure; `</` is broken up so that no text can end the script. */
function pageOf({ data, layout }: PlotlyFigure, plotly: string): string {
  const dark = { ...layout, width, height: heightOf({ data, layout }), font: { color: "#333333", size: 12 } }
  const figure = JSON.stringify({ data, layout: dark, config: { staticPlot: true } }).replaceAll("</", "<\\/")
  return `<!doctype html><meta charset="utf-8"><style>body{margin:0;background:white}</style><div id="figure"></div>
<script src="${plotly}"></script><script>const f=${figure};Plotly.newPlot("figure",f.data,f.layout,f.config)</script>`
}

function heightOf({ layout }: PlotlyFigure): number {
  return (layout as { height?: number }).height ?? 450
}

/** The browser that PRELAB_CHROME names, else the first one in PATH. */
function findBrowser(): string {
  const named = process.env.PRELAB_CHROME
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "")
  const places = named ? [named] : browsers.flatMap((name) => folders.map((folder) => join(folder, name)))
  const found = places.find(isExecutable)
  if (found) return found
  throw new PrelabError("no Chromium to draw with", named ?? browsers.join(", "), {
    hint: "set PRELAB_CHROME to one",
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
