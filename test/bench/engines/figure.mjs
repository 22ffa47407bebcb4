// The run as one plotly figure: a page that draws it with the project's own plotly, and a picture where there is a browser.
import { writeFileSync } from "node:fs"
import { dirname, relative } from "node:path"
import { inRoot } from "../../../src/setup/paths.mjs"
import { panels, plotly, png } from "./library.mjs"
import { reported } from "./seeds.mjs"

/** @typedef {import("./document.mjs").EnginesDocument} EnginesDocument */
/** @typedef {import("./document.mjs").Growth} Growth */
/** @typedef {typeof import("../../../src/figures/plotly.js")} Look */

/**
 * @param {string} path without its ending
 * @param {EnginesDocument} document
 * @returns {Promise<string[]>} the files that were written
 */
export async function writeFigure(path, document) {
  const figure = await figureOf(document)
  const script = relative(dirname(path), inRoot("node_modules", "plotly.js", "plotly.min.js"))
  // `</` would end the script.
  const data = JSON.stringify(figure).replaceAll("</", "<\\/")
  writeFileSync(
    `${path}.html`,
    `<!doctype html><meta charset="utf-8"><title>prelab bench</title><body style="max-width: 960px"><div id="figure"></div>
<script src="${script}"></script><script>const f=${data};Plotly.newPlot("figure",f.data,f.layout)</script></body>\n`,
  )
  const { figurePng } = await png()
  try {
    writeFileSync(`${path}.png`, await figurePng(figure))
  } catch (error) {
    process.stderr.write(`no picture: ${error instanceof Error ? error.message : error}\n`)
    return [`${path}.html`]
  }
  return [`${path}.html`, `${path}.png`]
}

/** @param {EnginesDocument} document */
export async function figureOf(document) {
  const [look, { stack }] = [await plotly(), await panels()]
  const { machine, nets, growth, rounds } = document
  const names = [...new Set(Object.values(nets).flatMap(({ contestants }) => Object.keys(contestants)))]
  const titles = Object.assign(
    {},
    ...Object.values(nets).map(({ contestants }) =>
      Object.fromEntries(Object.entries(contestants).map(([name, { title }]) => [name, title])),
    ),
  )
  const { data, axes, height } = stack([
    passPanel(document, names, titles, look),
    ...growth.map((each, i) => growthPanel(each, names, titles, look, i === 0)),
    ...foldPanel(document, look),
  ])
  const title = `One forward pass, milliseconds, median of ${rounds} rounds interleaved in one run: ${machine.cpu}, ${machine.cores} cores. Hollow marks are folded nets; lines share their colours with the legend.`
  const made = look.layout({ title, height: height + legendHeight }, axes)
  // Contestants and nets are too many for a legend above the first panel.
  const legend = { orientation: "h", x: 0, xref: "container", y: 0, yref: "container", yanchor: "bottom" }
  return { data, layout: { ...made, ...below(made), showlegend: true, legend } }
}

const legendHeight = 110

/** Room for the legend below the last panel. */
function below(/** @type {object} */ layout) {
  const { margin } = /** @type {{ margin: { b: number } }} */ (layout)
  return { margin: { ...margin, b: margin.b + legendHeight } }
}

/**
 * A row for each contestant, a mark for each net; hollow marks are folded nets.
 * @param {EnginesDocument} document
 * @param {string[]} names
 * @param {Record<string, string>} titles
 * @param {Look} look
 */
function passPanel({ nets }, names, titles, look) {
  const data = Object.entries(nets).flatMap(([name, { contestants }], i) =>
    ["as it is", "folded"].map((form) => {
      const timed = names.filter((each) => contestants[each]?.forms[form]?.ms)
      const symbol = `${look.nth(look.symbols, i)}${form === "folded" ? "-open" : ""}`
      return {
        type: "scatter",
        mode: "markers",
        name,
        x: timed.map((each) => contestants[each].forms[form].ms?.median),
        y: timed.map((each) => titles[each]),
        marker: { color: look.ink, symbol, size: 9 },
        legendgroup: name,
        showlegend: form === "as it is" && timed.length > 0,
      }
    }),
  )
  return {
    data,
    height: 24 * names.length + 20,
    x: look.axis("ms for one pass", { type: "log" }),
    y: look.axis("", { autorange: "reversed" }),
  }
}

/**
 * @param {Growth} growth
 * @param {string[]} names
 * @param {Record<string, string>} titles
 * @param {Look} look
 * @param {boolean} isFirst its lines stand in the legend
 */
function growthPanel({ net, of, points }, names, titles, look, isFirst) {
  const data = names.flatMap((name, i) => {
    const timed = points.filter(({ contestants }) => contestants[name]?.ms)
    if (timed.length === 0) return []
    const style = { color: look.nth(look.colours, i), dash: look.nth(look.dashes, i) }
    return {
      type: "scatter",
      mode: "lines+markers",
      name: titles[name],
      legendgroup: name,
      showlegend: isFirst,
      x: timed.map(({ shape }) => (of === "batch" ? shape[0] : shape[2] * shape[3])),
      y: timed.map(({ contestants }) => contestants[name].ms?.median),
      line: style,
      marker: { color: style.color, symbol: look.nth(look.symbols, i), size: 6 },
    }
  })
  const picture = points[0].shape.slice(2).join("x")
  const title = of === "batch" ? `${net}: pictures of ${picture} in a batch` : `${net}: pixels of one picture`
  return {
    data,
    height: 260,
    x: look.axis(title, { type: "log" }),
    y: look.axis("ms", { type: "log" }),
  }
}

/**
 * @param {EnginesDocument} document
 * @param {Look} look
 */
function foldPanel({ nets }, look) {
  const measured = Object.values(nets.open_nsfw?.contestants ?? {}).filter((each) => each.foldedToAsItIs)
  if (measured.length === 0) return []
  const bar = (/** @type {string} */ name, /** @type {string} */ color) => ({
    type: "bar",
    orientation: "h",
    name,
    marker: { color },
    showlegend: false,
  })
  return [
    {
      data: [
        {
          ...bar("measured", look.colours[0]),
          y: measured.map(({ title }) => title),
          x: measured.map(({ foldedToAsItIs }) => foldedToAsItIs?.median),
        },
        {
          ...bar("reported", look.colours[1]),
          y: reported.map(({ title }) => `reported, ${title}`),
          x: reported.map(({ before, after }) => after / before),
        },
      ],
      height: 24 * (measured.length + reported.length) + 20,
      x: look.axis("open_nsfw folded: time by that of the net as it is", { rangemode: "tozero" }),
      y: look.axis("", { autorange: "reversed" }),
    },
  ]
}
