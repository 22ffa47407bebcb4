/** Cells have no way to a worker's own listeners. */
export function keepListening(event: string, listener: (...args: unknown[]) => void): void {
  process.on(event, listener)
}
