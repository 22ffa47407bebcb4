import type { Shape } from "../../../src/net/index.js"
import { type Case, oneLayer } from "./one-layer.js"

/** A fill that makes one bottom a list of values, repeated, and leaves the others as they are. */
const bottomIs =
  (at: number, ...values: number[]) =>
  (data: Float32Array, role: string, index: number) => {
    if (role === "bottom" && index === at) data.set(data.map((_, i) => values[i % values.length]!))
  }

const classes = bottomIs(1, 0, 4, 2.9, -0.5, 1, 3)
const image: readonly Shape[] = [
  [2, 5, 3, 4],
  [2, 3, 4],
]

/** Scores of one sign and size, where every probability is close to 0 or 1. */
const farApart = (data: Float32Array, role: string, index: number) => {
  classes(data, role, index)
  if (role === "bottom" && index === 0) data.set(data.map((v) => v * 60))
}

const probabilities = (data: Float32Array, role: string, index: number) => {
  classes(data, role, index)
  if (role === "bottom" && index === 0)
    data.set(data.map((v, i) => (i % 9 === 0 ? 0 : Math.min(1, Math.abs(v)))))
}

/** Losses and Accuracy. */
export const lossCases: readonly Case[] = [
  ...["SoftmaxWithLoss", "Accuracy"].flatMap((type) => [
    oneLayer(type, "one label an example", { bottoms: [[6, 5], [6]], fill: classes }),
    oneLayer(type, "two tops", { bottoms: [[6, 5], [6]], tops: 2, fill: classes }),
    oneLayer(type, "a label for every place", { bottoms: image, tops: 2, fill: classes }),
    oneLayer(type, "scores far apart", { bottoms: [[6, 5], [6]], tops: 2, fill: farApart }),
    oneLayer(type, "more than 1,000 classes and examples", {
      bottoms: [[1200, 1100], [1200]],
      fill: bottomIs(1, 0, 1099, 17, 512),
    }),
  ]),
  ...["FULL", "VALID", "BATCH_SIZE", "NONE"].map((normalization) =>
    oneLayer("SoftmaxWithLoss", `${normalization} with ignored labels`, {
      message: { loss_param: { normalization, ignore_label: 1 } },
      bottoms: image,
      fill: classes,
    }),
  ),
  ...[0, -1, 255].map((ignore_label) =>
    oneLayer("SoftmaxWithLoss", `ignoring ${ignore_label}`, {
      message: { loss_param: { ignore_label } },
      bottoms: [[6, 5], [6]],
      fill: bottomIs(1, 3, ignore_label, 1, 0, 4, ignore_label),
    }),
  ),
  oneLayer("SoftmaxWithLoss", "every label ignored", {
    message: { loss_param: { ignore_label: 2 } },
    bottoms: [[3, 5], [3]],
    fill: bottomIs(1, 2),
  }),
  oneLayer("SoftmaxWithLoss", "last axis", {
    message: { softmax_param: { axis: -1 } },
    bottoms: [
      [2, 3, 5],
      [2, 3],
    ],
    fill: classes,
  }),
  oneLayer("Accuracy", "three best, some ignored", {
    message: { accuracy_param: { top_k: 3, ignore_label: 2 } },
    bottoms: image,
    tops: 2,
    fill: classes,
  }),
  oneLayer("Accuracy", "ties", {
    bottoms: [[6, 5], [6]],
    fill: (data, role, index) => {
      classes(data, role, index)
      if (index === 0) data.set(data.map((v) => Math.sign(v)))
    },
  }),
  oneLayer("InfogainLoss", "any matrix", { bottoms: [[6, 5], [6], [5, 5]], fill: classes }),
  oneLayer("InfogainLoss", "two tops, some ignored", {
    message: { loss_param: { ignore_label: 4, normalization: "BATCH_SIZE" } },
    bottoms: [...image, [1, 1, 5, 5]],
    tops: 2,
    fill: classes,
  }),
  oneLayer("InfogainLoss", "scores far apart", { bottoms: [[6, 5], [6], [5, 5]], fill: farApart }),
  oneLayer("MultinomialLogisticLoss", "probabilities, some of them 0", {
    bottoms: [[60, 5], [60]],
    fill: probabilities,
  }),
  oneLayer("MultinomialLogisticLoss", "probabilities close to 1", {
    bottoms: [[60, 5], [60]],
    fill: (data, role, index) => {
      classes(data, role, index)
      if (index === 0) data.set(data.map((v) => 1 - Math.abs(v) / 1000))
    },
  }),
  ...["L1", "L2"].map((norm) =>
    oneLayer("HingeLoss", norm, {
      message: { hinge_loss_param: { norm } },
      bottoms: [
        [6, 5, 2],
        [6, 1],
      ],
      fill: classes,
    }),
  ),
  oneLayer("EuclideanLoss", "images", {
    bottoms: [
      [3, 4, 5, 6],
      [3, 120],
    ],
  }),
  oneLayer("EuclideanLoss", "more than 1,000 terms", {
    bottoms: [
      [2, 3001],
      [2, 3001],
    ],
  }),
  ...[{}, { normalization: "FULL" }, { normalization: "VALID" }, { normalization: "NONE" }].flatMap(
    (loss_param) =>
      [{}, { ignore_label: -1 }].map((ignored) =>
        oneLayer("SigmoidCrossEntropyLoss", JSON.stringify({ ...loss_param, ...ignored }), {
          message: { loss_param: { ...loss_param, ...ignored } },
          bottoms: [
            [4, 3, 5],
            [4, 15],
          ],
        }),
      ),
  ),
  oneLayer("SigmoidCrossEntropyLoss", "targets 0 and 1", {
    bottoms: [
      [40, 10],
      [40, 10],
    ],
    fill: bottomIs(1, 0, 1, 1),
  }),
  ...[false, true].map((legacy_version) =>
    oneLayer("ContrastiveLoss", legacy_version ? "legacy" : "margin", {
      message: { contrastive_loss_param: { margin: 3, legacy_version } },
      bottoms: [[30, 3], [30, 3], [30]],
      fill: (data, role, index) => {
        bottomIs(2, 0, 1, 0, 2, -0.3)(data, role, index)
        if (index < 2) data.set(data.map((v) => v / 2))
      },
    }),
  ),
  oneLayer("ContrastiveLoss", "distances close to the margin, and none", {
    message: { contrastive_loss_param: { margin: 2.5 } },
    bottoms: [[30, 1], [30, 1], [30]],
    fill: (data, _role, index) => data.set(data.map((_, i) => (index === 0 && i > 2 ? 2.5 - i / 1000 : 0))),
  }),
]

/** Layers with a label that is no class: a kernel cannot throw, its loss is not a number. */
export const wrongLabels: readonly Case[] = [5, -1, Number.NaN].flatMap((wrong) =>
  (["SoftmaxWithLoss", "Accuracy", "InfogainLoss", "MultinomialLogisticLoss", "HingeLoss"] as const).map(
    (type) =>
      oneLayer(type, `label ${wrong} of 5 classes`, {
        bottoms: [[6, 5], [6], ...(type === "InfogainLoss" ? [[5, 5]] : [])],
        fill: bottomIs(1, 0, 4, 2, 1, wrong, 3),
      }),
  ),
)
