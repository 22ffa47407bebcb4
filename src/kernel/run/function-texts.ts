/** Checks as they are printed: see `stoppableLoops`, `stoppableCalls` and, for tslab's cells, `guardLoops`. */
const checks =
  /if \(__stop(?:Flag)?\[\d\] !== 0\)\s*__checkStop\(\);\s*|(?<=\()__stop\[\d\] !== 0 && __checkStop\(\), /g

/** A variable of cells as it is compiled: alone, or where it is called. */
const variables =
  /\(0, (?:exports|_state_1)\.([\p{ID_Start}$_][\p{ID_Continue}$]*)\)|(?<![\p{ID_Continue}$.])(?:exports|_state_1)\.([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu

/** Where the values of all cells are. */
const stateSymbol = Symbol.for("prelab.state")

/**
 * Lets functions give their text without the checks for a Stop, and with the cells' variables by their names. Libraries
 * take a function's text to where nobody knows the names in them: gpu.js to a shader, Puppeteer to a page, others to a
 * worker.
 */
export function showFunctionsAsWritten(): void {
  const { prototype } = Function
  // A proxy, because libraries tell native functions by the text of this one.
  prototype.toString = new Proxy(prototype.toString, {
    apply: (original, self, args) => withNames(Reflect.apply(original, self, args).replace(checks, "")),
  })
}

/** What is no variable of a cell is a package's own: compiled modules call their exports so, too. */
function withNames(text: string): string {
  const state = (globalThis as { [stateSymbol]?: object })[stateSymbol]
  if (!state) return text
  return text.replace(variables, (written, called?: string, alone?: string) => {
    const name = called ?? alone!
    return name in state ? name : written
  })
}
