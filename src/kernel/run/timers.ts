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
    const activity = context.getStore()?.activity
    if (!activity || typeof callback !== "function")
      return Reflect.apply(original, undefined, [callback, ...rest])
    const timer: NodeJS.Timeout = Reflect.apply(original, undefined, [
      (...args: unknown[]) => {
        activity.end({ timer })
        guarded(() => callback(...args))
      },
      ...rest,
    ])
    activity.begin({ timer })
    return timer
  }
  globalThis.setTimeout = Object.assign(watched, {
    [promisify.custom]: original[promisify.custom as never],
  }) as unknown as typeof setTimeout
}

function watchInterval(): void {
  const original = globalThis.setInterval
  globalThis.setInterval = ((callback: Callback, ...rest: unknown[]) => {
    const activity = context.getStore()?.activity
    if (!activity || typeof callback !== "function")
      return Reflect.apply(original, undefined, [callback, ...rest])
    const timer = Reflect.apply(original, undefined, [
      (...args: unknown[]) => guarded(() => callback(...args)),
      ...rest,
    ])
    activity.begin({ timer })
    return timer
  }) as unknown as typeof setInterval
  for (const name of ["clearTimeout", "clearInterval"] as const) {
    const clear = globalThis[name]
    globalThis[name] = ((timer: NodeJS.Timeout) => {
      context.getStore()?.activity.end({ timer })
      clear(timer)
    }) as typeof clearTimeout
  }
}

/**
 * An immediate comes at once, so a Stop lets it come: what a library does in steps sees the Stop at its next step and
 * cleans up. But one that is asked for by another one, after the Stop, is a loop, and ends.
 */
function watchImmediate(): void {
  const original = globalThis.setImmediate
  let draining = false
  const watched = (callback: Callback, ...rest: unknown[]) => {
    const activity = context.getStore()?.activity
    if (!activity || typeof callback !== "function")
      return Reflect.apply(original, undefined, [callback, ...rest])
    if (draining) return Reflect.apply(original, undefined, [() => {}])
    const run = (...args: unknown[]) => {
      draining = activity.stopped
      try {
        guarded(() => callback(...args))
      } finally {
        draining = false
      }
    }
    return Reflect.apply(original, undefined, [run, ...rest])
  }
  globalThis.setImmediate = Object.assign(watched, {
    [promisify.custom]: original[promisify.custom as never],
  }) as unknown as typeof setImmediate
}
