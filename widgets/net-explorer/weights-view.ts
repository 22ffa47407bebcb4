import type { BlobWeights, LayerWeights } from "../../src/widgets/net-explorer-state.js"
import { h, s } from "../shared/dom.js"
import { line, text } from "../shared/marks.js"
import { format } from "../shared/numbers.js"
import { table } from "../shared/table.js"
import { later } from "./later.js"
import { spoken } from "./model.js"

/** A layer's weights: of each blob how its numbers are spread, what they amount to, and a table of its channels. */
export function weightsView({ blobs }: LayerWeights): HTMLElement {
  return h("div", { class: "weights" }, ...blobs.map(blobView))
}

function blobView(blob: BlobWeights): HTMLElement {
  const { name, shape, count, axis, channels, zero, negative, positive, notFinite } = blob
  const moments = [blob.min, blob.max, blob.mean, blob.std].map(number)
  const sparsity = `${spoken(zero)} (${format(count === 0 ? 0 : (100 * zero) / count)} %)`
  const values = [...moments, sparsity, spoken(negative), spoken(positive), spoken(notFinite)]
  const shown = notFinite > 0 ? names.length : names.length - 1
  return h(
    "section",
    { "data-blob": name },
    h("p", {}, h("strong", {}, name), ` ${shape}: ${spoken(count)} value${count === 1 ? "" : "s"}`),
    ...(count > 1 ? [histogram(blob)] : []),
    table(
      [],
      names.slice(0, shown).map((of, i) => [of, values[i]!]),
    ),
    ...(axis === null
      ? []
      : [
          later(`${channels.length} channels (axis ${axis})`, `channels of ${name}`, () =>
            table(
              ["channel", ...names.slice(0, shown)],
              channels.map((each, c) => [
                String(c),
                ...[each.min, each.max, each.mean, each.std].map(number),
                ...[each.zero, each.negative, each.positive, each.notFinite].map(spoken).slice(0, shown - 4),
              ]),
            ),
          ),
        ]),
  )
}

const names = ["min", "max", "mean", "std", "zero", "negative", "positive", "not finite"]

const [width, height] = [250, 54]

function histogram({ name, min, max, histogram: counts }: BlobWeights): SVGElement {
  const most = Math.max(1, ...counts)
  const step = width / counts.length
  const below = height + 11
  const zero = min! < 0 && max! > 0 ? (-min! / (max! - min!)) * width : undefined
  return s(
    "svg",
    {
      class: "histogram",
      role: "img",
      "aria-label": `${name} from ${number(min)} to ${number(max)}; the fullest of ${counts.length} parts holds ${spoken(most)} values`,
      viewBox: `0 0 ${width} ${height + 14}`,
      width,
    },
    ...counts.map((n, i) => {
      const tall = n && Math.max(1, (height * n) / most)
      return s("rect", { class: "bar", x: i * step, y: height - tall, width: step - 1, height: tall })
    }),
    ...(zero === undefined ? [] : [line("rule", zero, 0, zero, height), text("0", zero, below, "middle")]),
    text(number(min), 0, below),
    text(number(max), width, below, "end"),
  )
}

function number(x: number | null): string {
  return x === null ? "none" : format(x)
}
