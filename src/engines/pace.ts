import { checkStop } from "../stop.js"

/**
 * Called between the steps of long work: now and then it lets messages through, an interrupt, a progress bar.
 */
export function pacer(): () => Promise<void> {
  let yielded = performance.now()
  return async () => {
    if (performance.now() - yielded <= 50) return
    await new Promise(setImmediate)
    checkStop()
    yielded = performance.now()
  }
}
