/**
 * Where a key leads in a row of things: arrow keys, Home and End; undefined for other keys, which stay the page's.
 *
 * @param below how many the keys up and down jump over
 */
export function walk(event: KeyboardEvent, at: number, last: number, below = 1): number | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  const next = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - below,
    ArrowDown: at + below,
    Home: 0,
    End: last,
  }[event.key]
  if (next === undefined) return undefined
  event.preventDefault()
  return Math.min(last, Math.max(0, next))
}
