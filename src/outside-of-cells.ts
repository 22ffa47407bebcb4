import { AsyncLocalStorage } from "node:async_hooks"

/**
 * Runs a function as if no cell had called it: a Stop ends the timers of its cell, and those that a library
 * needs to come to its own end must not be among them.
 */
export const outsideOfCells: <Result>(run: () => Result) => Result = AsyncLocalStorage.snapshot()
