import { vi } from "vitest"

/** Machines that do much else are slow: a limit only ends what hangs. */
const patience = { timeout: 60_000, interval: 20 }

/** Waits until these expectations hold. */
export function waitFor<T>(expectations: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(expectations, patience)
}

/** Waits until this gives something that is true, and gives that. */
export function waitUntil<T>(condition: () => T | Promise<T>) {
  return vi.waitUntil(condition, patience)
}
