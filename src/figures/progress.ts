import { type Html, html } from "./html.js"
import { formatCount } from "./numbers.js"

/** Where progress appears: the kernel's `display` and `updateDisplay`. */
export interface ProgressOutput {
  display(bundle: object, options: { raw: true; displayId: string }): unknown
  updateDisplay(displayId: string, bundle: object, options: { raw: true }): void
}

let page: () => ProgressOutput | undefined = () => undefined
let displays = 0

/**
 * Where progress appears from now on. Asked when work starts: a library may be loaded before there is a page.
 */
export function setProgressOutput(find: () => ProgressOutput | undefined): void {
  page = find
}

/** Least time between two updates, in milliseconds. */
const interval = 100

/** What long work reports to. */
export interface Progress {
  /**
   * @param done of `total`; `note` is shown behind it, such as the current loss
   * @param picture shown below on a page, drawn only when it is shown
   */
  update(done: number, note?: string, picture?: () => Html): void
  /** There are so many more steps than was known. */
  extend(steps: number): void
  /** The final state, which stays: always call it, when the work fails as well. */
  finish(note?: string, picture?: () => Html): void
}

export interface ProgressOptions {
  /** How many steps there are; absent when nobody knows. */
  readonly total?: number
  /** Milliseconds, for tests. */
  readonly now?: () => number
}

/**
 * Starts a progress display: one output that changes at most ten times a second and stays with its last
 * state.
 */
export function startProgress(
  label: string,
  { total: known, now = () => performance.now() }: ProgressOptions = {},
): Progress {
  const output = page()
  const show = output ? onPage(output) : onStderr()
  const started = now()
  let shown = Number.NEGATIVE_INFINITY
  let done = 0
  let total = known
  const state = (note: string | undefined, ended: boolean, picture?: () => Html): State => {
    return { label, done, total, note, seconds: (now() - started) / 1000, ended, picture }
  }
  return {
    update(reached, note, picture) {
      done = reached
      if (now() - shown < interval) return
      shown = now()
      show(state(note, false, picture))
    },
    extend(steps) {
      total = (total ?? 0) + steps
    },
    finish(note, picture) {
      show(state(note, true, picture))
    },
  }
}

interface State {
  readonly label: string
  readonly done: number
  readonly total: number | undefined
  readonly note: string | undefined
  readonly seconds: number
  readonly ended: boolean
  readonly picture: (() => Html) | undefined
}

function onPage(page: ProgressOutput): (state: State) => void {
  const displayId = `prelab-progress-${process.pid}-${++displays}`
  let first = true
  return (state) => {
    const bundle = { "text/html": bar(state).text, "text/plain": sentence(state) }
    if (first) page.display(bundle, { raw: true, displayId })
    else page.updateDisplay(displayId, bundle, { raw: true })
    first = false
  }
}

/** A terminal's line is written over; a log gets the last state only. */
function onStderr(): (state: State) => void {
  const live = process.stderr.isTTY === true
  return (state) => {
    if (live) process.stderr.write(`\r${sentence(state)}\x1b[K${state.ended ? "\n" : ""}`)
    else if (state.ended) process.stderr.write(`${sentence(state)}\n`)
  }
}

function bar(state: State) {
  const { label, done, total, ended } = state
  // Without a value the bar moves to and fro; a finished one stands still.
  const value =
    total === undefined
      ? ended
        ? html` max="1" value="1"`
        : undefined
      : html` max="${total}" value="${done}"`
  return html`<div><progress aria-label="${label}"${value} style="width:16em;vertical-align:middle"></progress> <span>${sentence(state)}</span>${state.picture?.()}</div>`
}

function sentence({ label, done, total, note, seconds, ended }: State): string {
  const count =
    total === undefined
      ? done > 0
        ? formatCount(done)
        : ""
      : `${formatCount(done)} of ${formatCount(total)}`
  const time = ended ? `${seconds.toFixed(1)} s` : ""
  return `${label}: ${[count, note ?? "", time].filter((part) => part !== "").join(", ")}`
}
