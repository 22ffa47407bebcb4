/** Checks as they are printed: see `stoppableLoops`, `stoppableCalls` and, for tslab's cells, `guardLoops`. */
const checks =
  /if \(__stop(?:Flag)?\[\d\] !== 0\)\s*__checkStop\(\);\s*|(?<=\()__stop\[\d\] !== 0 && __checkStop\(\), /g

/**
 * Lets functions give their text without the checks for a Stop. Libraries take a function's text to where nobody knows
 * the names in them: gpu.js to a shader, Puppeteer to a page, others to a worker.
 */
export function hideStopChecks(): void {
  const { prototype } = Function
  // A proxy, because libraries tell native functions by the text of this one.
  prototype.toString = new Proxy(prototype.toString, {
    apply: (original, self, args) => Reflect.apply(original, self, args).replace(checks, ""),
  })
}
