import { writeSync } from "node:fs"

/** Node's own: what cells write to descriptors is their output, and what is written here is not. */
const writeHere = writeSync

/**
 * One line on the real stderr. Written to the descriptor itself: a worker's process.stderr travels through the
 * main thread, where it would wait for the user's code and then be shown as the output of a cell.
 */
export function log(line: string): void {
  try {
    writeHere(2, `prelab kernel: ${line}\n`)
  } catch {
    // A closed stderr (detached terminal) is no reason to stop.
  }
}
