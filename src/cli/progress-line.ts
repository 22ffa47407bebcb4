/** One line on a terminal's stderr that follows long work and is wiped when it ends; nothing where stderr is no terminal. */
export function progressLine(what: string): {
  update(done: number, total: number, note?: string): void
  done(): void
} {
  const { stderr } = process
  let last = 0
  return {
    update(done, total, note) {
      const now = performance.now()
      if (!stderr.isTTY || now - last < 100) return
      last = now
      stderr.write(`\r${what}: ${done} of ${total}${note ? `, ${note}` : ""}\x1b[K`)
    },
    done() {
      if (stderr.isTTY && last > 0) stderr.write("\r\x1b[K")
    },
  }
}
