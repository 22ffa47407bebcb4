import { h } from "../shared/dom.js"
import { floats, format } from "../shared/numbers.js"
import { table } from "../shared/table.js"
import { steps } from "./formula.js"
import { heatMaps, largestOf } from "./heat-maps.js"
import type { Shown } from "./model.js"
import { probeRuler } from "./probe-ruler.js"

/** So many weights are drawn, so many rows stand in a table. */
const mostDrawn = 4096
const mostRows = 300

/** The current step in pictures and numbers. */
export function stage() {
  const sentence = h("p")
  const readout = h("p", { class: "readout", "aria-hidden": true })
  let weights: Float32Array = new Float32Array(0)
  let folded: Float32Array = new Float32Array(0)
  let placeOf = (index: number) => String(index)
  const hover = (index: number | undefined) => {
    readout.textContent =
      index === undefined || index >= weights.length
        ? "Point at a weight to read it."
        : `${placeOf(index)}: ${format(weights[index]!)} becomes ${format(folded[index]!)}`
  }
  const content = h("div")
  const pair = [heatMaps(content, hover), heatMaps(content, hover)] as const
  const outputs = [heatMaps(content), heatMaps(content), heatMaps(content)] as const
  const ruler = probeRuler()
  const element = h("section", { class: "stage" }, sentence, content)
  const room = () => Math.max(200, element.clientWidth - 24)

  const draw: readonly ((shown: Shown) => HTMLElement[])[] = [
    (shown) => [statistics(shown, false)],
    (shown) => [statistics(shown, true)],
    ({ result: { alpha, right, variance, eps } }) => [
      table(
        ["", "value"],
        [
          ["σ²", variance],
          ["ε", eps],
          ["√(σ² + ε)", Math.sqrt(variance + eps)],
          ["α", alpha],
          ...(alpha === right.alpha ? [] : [["α of the right fold", right.alpha]]),
        ],
      ),
    ],
    ({ result: { weights: from, folded: to, inputs, kernel } }) => {
      weights = floats(from)
      folded = floats(to)
      placeOf = (index) => {
        const taps = weights.length / inputs
        const tap = index % taps
        const columns = kernel.at(-1) ?? 1
        const where =
          taps > 1 ? ` [${kernel.length > 1 ? `${Math.floor(tap / columns)}, ` : ""}${tap % columns}]` : ""
        return `input ${Math.floor(index / taps)}${where}`
      }
      const columns = kernel.at(-1) ?? 1
      const taps = weights.length / inputs
      const drawn = Math.min(inputs, Math.floor(mostDrawn / taps))
      const grid =
        taps === 1
          ? { maps: 1, rows: Math.ceil(drawn / 32), columns: Math.min(32, drawn) }
          : { maps: drawn, rows: taps / columns, columns }
      const wide = room() < 480 ? room() : room() / 2 - 40
      const figures = [weights, folded].map((data, i) => {
        const most = largestOf(data)
        const name = i === 0 ? "W" : "W′"
        pair[i]!.update(
          {
            data: data.subarray(0, drawn * taps),
            ...grid,
            most,
            label: `${name}: ${data.length} weights, the largest ${format(most)}`,
          },
          wide,
        )
        return h(
          "figure",
          {},
          h("figcaption", {}, `${name} of ${inputs} ${inputs === 1 ? "input" : "inputs"}`),
          pair[i]!.element,
          legend(content, most),
        )
      })
      hover(undefined)
      return [
        h("div", { class: "pair" }, figures[0]!, h("span", { class: "times" }, "· α →"), figures[1]!),
        ...(drawn < inputs ? [h("p", {}, `The first ${drawn} of ${inputs} inputs.`)] : []),
        readout,
        details(
          "the weights as a table",
          table(
            ["weight", "W", "W′"],
            Array.from({ length: Math.min(mostRows, weights.length) }, (_, i) => [
              placeOf(i),
              weights[i]!,
              folded[i]!,
            ]),
          ),
        ),
      ]
    },
    ({ result: { bias, mean, alpha, taken, foldedBias, right } }) => [
      table(
        ["", "value"],
        [
          [taken.bias === bias ? "b" : `b, taken for 0 instead of ${format(bias)}`, taken.bias],
          ["b − μ", taken.bias - mean],
          ["α·(b − μ)", alpha * (taken.bias - mean)],
          ["α·(b − μ) + β, stored as b′", foldedBias],
          ...(foldedBias === right.bias ? [] : [["b′ of the right fold", right.bias]]),
        ],
      ),
    ],
    ({ result: { outputs: made, probes, refused } }) => {
      if (!made) return [h("p", {}, refused ?? "")]
      const [z, y, ratios] = [floats(made.original), floats(made.folded), floats(made.ratios)]
      const most = largestOf(z)
      const grid = { maps: 1, rows: made.rows, columns: made.columns }
      const wide = Math.min(210, Math.max(110, room() / 3 - 14))
      const beyond = probes[made.probe]!.beyond
      const captions = [
        `z: the layers, to ${format(most)}`,
        "z′: folded, same scale",
        "difference ÷ bound, full at 1",
      ]
      const pictures = [
        { data: z, most, label: `outputs of the layers, up to ${format(most)}` },
        { data: y, most, label: `outputs of the folded layer, up to ${format(largestOf(y))}` },
        {
          data: ratios,
          most: 1,
          above: beyond > 0 ? "--bad" : "--good",
          label: `difference as a part of the bound: at most ${format(largestOf(ratios))}, ${beyond} of ${ratios.length} beyond`,
        },
      ]
      const figures = pictures.map((picture, i) => {
        outputs[i]!.update({ ...picture, ...grid }, wide)
        return h("figure", {}, h("figcaption", {}, captions[i]!), outputs[i]!.element)
      })
      requestAnimationFrame(() => ruler.update(probes, made.probe))
      return [
        h("div", { class: "triple" }, ...figures),
        ruler.element,
        details(
          "all probes as a table",
          table(
            ["probe", "difference", "bound", "ratio", "beyond"],
            probes.map(({ name, difference, bound, ratio, beyond: n, total }) => [
              name,
              difference,
              bound,
              ratio,
              `${n} of ${total}`,
            ]),
          ),
        ),
      ]
    },
  ]

  return {
    element,
    update(step: number, shown: Shown | undefined) {
      const current = steps[step]!
      sentence.textContent = shown ? current.sentence(shown) : "The kernel computes this channel …"
      // A table that was opened stays open while its numbers move.
      const open = content.querySelector("details")?.open ?? false
      const same = content.dataset.step === String(step)
      content.replaceChildren(...(shown ? draw[step]!(shown) : []))
      content.dataset.step = String(step)
      const folds = content.querySelector("details")
      if (folds && same) folds.open = open
    },
  }
}

function statistics(
  { result: { stored, mean, variance, gamma, beta, eps }, site }: Shown,
  divided: boolean,
): HTMLElement {
  const rows: [string, string, number, number | string][] = [
    ["mean", `${site.norm}, blob 0`, stored.mean, mean],
    ["variance", `${site.norm}, blob 1`, stored.variance, variance],
    ["factor n", `${site.norm}, blob 2`, stored.factor, ""],
    ["ε", `${site.norm}, eps${eps === site.eps ? "" : `, not ${format(site.eps)}`}`, eps, ""],
    ["γ", site.scale ? `${site.scale}, blob 0` : "no Scale", gamma, ""],
    ["β", site.scale ? `${site.scale}, blob 1` : "no Scale", beta, ""],
  ]
  return table(
    ["", "where", "stored", ...(divided ? ["taken as"] : [])],
    rows.map(([name, where, value, taken]) => [name, where, value, ...(divided ? [taken] : [])]),
  )
}

function legend(host: Element, most: number): HTMLElement {
  const swatches = heatMaps(host)
  swatches.update(
    {
      data: [-1, -0.5, 0, 0.5, 1],
      maps: 1,
      rows: 1,
      columns: 5,
      most: 1,
      label: `colours from ${format(-most)} over 0 to ${format(most)}`,
    },
    70,
  )
  return h("div", { class: "legend" }, format(-most), swatches.element, format(most))
}

function details(summary: string, table: HTMLElement): HTMLElement {
  return h(
    "details",
    {},
    h("summary", {}, summary),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": summary }, table),
  )
}
