import { promisify } from "node:util"
import { context } from "../context.js"
import { guarded } from "./guard.js"

type Callback = (...args: unknown[]) => void

/**
 * Makes the timers of cells known to their cell, so that a Stop ends them, and runs their callbacks below the guard.
 * Timers that libraries start on their own account, outside of any cell, stay as they are.
 */
export function watchTimers(): void {
  watchTimeout()
  watchInterval()
  watchImmediate()
}

function watchTimeout(): void {
  const original = globalThis.setTimeout
  const watched = (callback: Callback, ...rest: unknown[]) => {
    const timers = context.getStore()?.activity.timers
    if (!timers || typeof callback !== "function")
      return Reflect.apply(original, undefined, [callback, ...rest])
    const timer: NodeJS.Timeout = Reflect.apply(original, undefined, [
      (...args: unknown[]) => {
        timers.delete(timer)
        guarded(() => callback(...args))
      },
      ...rest,
    ])
    timers.add(timer)
    return timer
  }
  globalThis.setTimeout = Object.assign(watched, {
    [promisify.custom]: original[promisify.custom as never],
  }) as unknown as typeof setTimeout
}

function watchInterval(): void {
  const original = globalThis.setInterval
  globalThis.setInterval = ((callback: Callback, ...rest: unknown[]) => {
    const timers = context.getStore()?.activity.timers
    if (!timers || typeof callback !== "function")
      return Reflect.apply(original, undefined, [callback, ...rest])
    const timer = Reflect.apply(original, undefined, [
      (...args: unknown[]) => guarded(() => callback(...args)),
      ...rest,
    ])
    timers.add(timer)
    return timer
  }) as unknown as typeof setInterval
  for (const name of ["clearTimeout", "clearInterval"] as const) {
    const clear = globalThis[name]
    globalThis[name] = ((timer: NodeJS.Timeout) => {
      context.getStore()?.activity.timers.delete(timer)
      clear(timer)
    }) as typeof clearTimeout
  }
}

function watchImmediate(): void {
  const original = globalThis.setImmediate
  const watched = (callback: Callback, ...rest: unknown[]) => {
    const timers = context.getStore()?.activity.timers
    if (!timers || typeof callback !== "function")
      return Reflect.apply(original, undefined, [callback, ...rest])
    const timer: NodeJS.Immediate = Reflect.apply(original, undefined, [
      (...args: unknown[]) => {
        timers.delete(timer)
        guarded(() => callback(...args))
      },
      ...rest,
    ])
    timers.add(timer)
    return timer
  }
  globalThis.setImmediate = Object.assign(watched, {
    [promisify.custom]: original[promisify.custom as never],
  }) as unknown as typeof setImmediate
}
