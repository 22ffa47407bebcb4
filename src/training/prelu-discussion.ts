/** A figure that people reported, as they wrote it. */
export interface QuotedFigure {
  /** Groups figures that were compared with each other. */
  readonly experiment: string
  readonly run: string
  readonly measure: "first loss" | "test accuracy"
  readonly value: number
  /** Written as "about", or with two digits only. */
  readonly approximate?: boolean
  /** Of the run at which an accuracy was read, where it was said. */
  readonly iteration?: number
  readonly note?: string
}

/** Figures from one public discussion. */
export interface QuotedFigures {
  readonly title: string
  readonly source: string
  readonly figures: readonly QuotedFigure[]
}

const beforeFix = "CIFAR-10 full, before the in-place fix"
const firstRerun = "CIFAR-10 full, first rerun after the fix"
const secondRerun = "CIFAR-10 full, second rerun after the fix"
const rebuilt = "CIFAR-10 full, somebody else after rebuilding"

/**
 * What the people who brought PReLU to Caffe measured. Before the fix the in-place layer kept a wrong copy of
 * its input for the backward pass; afterwards PReLU and ReLU are level. The thread's charts are images, so
 * its curves have to be trained again: `lossCurves` shows these figures beside such runs.
 */
export const preluDiscussion: QuotedFigures = {
  title: "Add PReLU Layer",
  source: "https://github.com/BVLC/caffe/pull/1940",
  figures: [
    {
      experiment: "one network, same weights",
      run: "leaky ReLU 0.1",
      measure: "first loss",
      value: 25.17,
      note: "both should be equal: the two layers compute the same before any training",
    },
    { experiment: "one network, same weights", run: "PReLU 0.1", measure: "first loss", value: 25.62 },
    { experiment: "ImageNet from scratch", run: "PReLU", measure: "first loss", value: 7, approximate: true },
    {
      experiment: "ImageNet, fine-tuning a ReLU net",
      run: "PReLU 0.25",
      measure: "first loss",
      value: 80,
      approximate: true,
      note: "start the slopes at 0, as the net was trained with ReLU",
    },
    { experiment: beforeFix, run: "ReLU", measure: "test accuracy", value: 0.8181 },
    { experiment: beforeFix, run: "PReLU", measure: "test accuracy", value: 0.7495 },
    { experiment: beforeFix, run: "PReLU", measure: "test accuracy", value: 0.7562 },
    {
      experiment: beforeFix,
      run: "PReLU, decay_mult 0",
      measure: "test accuracy",
      value: 0.75,
      approximate: true,
    },
    { experiment: firstRerun, run: "PReLU", measure: "test accuracy", value: 0.8216, iteration: 70_000 },
    { experiment: firstRerun, run: "ReLU", measure: "test accuracy", value: 0.8156, iteration: 70_000 },
    { experiment: secondRerun, run: "PReLU", measure: "test accuracy", value: 0.8177, iteration: 70_000 },
    { experiment: secondRerun, run: "ReLU", measure: "test accuracy", value: 0.8172, iteration: 70_000 },
    { experiment: rebuilt, run: "PReLU", measure: "test accuracy", value: 0.8184, iteration: 70_000 },
    {
      experiment: rebuilt,
      run: "PReLU, decay_mult 0",
      measure: "test accuracy",
      value: 0.8193,
      iteration: 70_000,
    },
  ],
}
