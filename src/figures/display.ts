import { Diagnosis } from "../diagnosis/index.js"
import { Backward, Forward } from "../engines/index.js"
import { Comparison } from "../equivalence/index.js"
import { PrelabError } from "../error.js"
import { ExportReport } from "../formats/onnx/index.js"
import { Curves, SlopeReport } from "../inspect/index.js"
import { Net } from "../net/index.js"
import { Experiment, LossCurves, TrainingRun } from "../training/index.js"
import { FoldReport, RewriteReport } from "../transforms/index.js"
import { figurePng, wantsPng } from "./png.js"
import { showBackward } from "./show-backward.js"
import { showComparison } from "./show-comparison.js"
import { showCurves } from "./show-curves.js"
import { showDiagnosis } from "./show-diagnosis.js"
import { showExperiment } from "./show-experiment.js"
import { showExport } from "./show-export.js"
import { showFold } from "./show-fold.js"
import { showForward } from "./show-forward.js"
import { showLossCurves } from "./show-loss-curves.js"
import { showNet } from "./show-net.js"
import { showRewrite } from "./show-rewrite.js"
import { showSlopes } from "./show-slopes.js"
import { showTrainingRun } from "./show-training-run.js"
import type { Shown } from "./shown.js"

/** One value for every MIME type, richest first. */
export type Bundle = Readonly<Record<string, unknown>>

/** A class, and how its instances are shown. */
interface Entry {
  readonly type: { readonly prototype: object }
  readonly show: (value: never) => Shown
}

function entry<T extends object>(type: { readonly prototype: T }, show: (value: T) => Shown): Entry {
  return { type, show }
}

/** Every result that shows itself. To add one: write its `show` file, add it here. */
const entries: readonly Entry[] = [
  entry(Net, showNet),
  entry(SlopeReport, showSlopes),
  entry(Curves, showCurves),
  entry(FoldReport, showFold),
  entry(RewriteReport, showRewrite),
  entry(Comparison, showComparison),
  entry(Diagnosis, showDiagnosis),
  entry(Forward, showForward),
  entry(Backward, showBackward),
  entry(ExportReport, showExport),
  entry(LossCurves, showLossCurves),
  entry(TrainingRun, showTrainingRun),
  entry(Experiment, showExperiment),
]

/** The method that notebooks call: shared with other kernels' libraries. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never

/**
 * Gives every result class its display method. The classes know nothing of figures, so that a program that
 * only computes loads none of this.
 */
export function registerDisplays(): void {
  for (const { type, show } of entries) {
    Object.defineProperty(type.prototype, displaySymbol, {
      configurable: true,
      writable: true,
      value(this: never) {
        return bundleOf(show(this))
      },
    })
  }
}

/**
 * The MIME bundle of a result: plotly's JSON, table, picture, line of text. A promise only where a picture is
 * drawn.
 */
export function bundleOf({ figure, html, text }: Shown): Bundle | Promise<Bundle> {
  const plotly = figure && {
    "application/vnd.plotly.v1+json": { config: { displaylogo: false, responsive: true }, ...figure },
  }
  const bundle = (png: Uint8Array | undefined): Bundle => ({
    ...plotly,
    "text/html": html.text,
    ...(png && { "image/png": Buffer.from(png).toString("base64") }),
    "text/plain": text,
  })
  return figure && wantsPng() ? figurePng(figure).catch(withoutPicture).then(bundle) : bundle(undefined)
}

/** The rest of the bundle is still worth showing; that a picture was asked for and is missing is said. */
function withoutPicture(error: unknown): undefined {
  if (!(error instanceof PrelabError)) throw error
  process.stderr.write(`prelab: no image/png: ${error.message}\n`)
  return undefined
}
