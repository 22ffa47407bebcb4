// What the kernel has to reach: a measure of a contestant, at most so many times another's or at most a value.

/** @typedef {{ measure: string, of: string, limit: number, against?: string, by?: string }} Target */

const native = ["prelab-7", "prelab-6"]

/**
 * @param {string} measure
 * @param {number} limit
 * @param {string} against
 * @param {{ of?: string[], by?: string }} [more] `by` is the peer's measure where it is not the same one
 * @returns {Target[]}
 */
const atMost = (measure, limit, against, { of = native, ...more } = {}) =>
  of.map((name) => ({ measure, of: name, limit, against, ...more }))

/**
 * @param {string} measure
 * @param {number} limit
 * @returns {Target[]}
 */
const below = (measure, limit) => native.map((name) => ({ measure, of: name, limit }))

/** @type {readonly Target[]} */
export const targets = [
  ...atMost("ready", 0.3, "tslab"),
  ...atMost("ready", 1.2, "ipykernel"),
  ...atMost("trivial", 0.5, "tslab", { of: ["prelab-7"] }),
  ...atMost("trivial", 1.1, "tslab", { of: ["prelab-6"] }),
  ...atMost("heavy", 0.6, "tslab"),
  ...atMost("module", 0.3, "tslab"),
  ...atMost("completion", 1.5, "tslab"),
  ...atMost("inspection", 1.5, "tslab"),
  // Nobody else answers while a cell computes: the peer's time is the one of its idle kernel.
  ...atMost("busyCompletion", 1.5, "tslab", { by: "completion" }),
  ...atMost("busyInspection", 1.5, "tslab", { by: "inspection" }),
  // Deno's idle comes before most of the lines, and reading its 5,000 messages is half of the client's time: all of our
  // lines have to be there before its idle is.
  ...atMost("lines", 1, "deno", { by: "linesIdle" }),
  ...atMost("display", 1, "deno"),
  ...below("linesLate", 0),
  ...below("displayLate", 0),
  ...below("flat", 1.25),
  ...below("growth", 80),
]
