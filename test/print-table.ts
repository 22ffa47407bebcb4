import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/**
 * Shows what people want to see of a test that passed: `npm test` prints what stands in the folder PRELAB_TABLES, vitest alone prints at
 * once.
 */
export function printTable(name: string, text: string): void {
  const folder = process.env.PRELAB_TABLES
  if (folder) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.txt`), `${text}\n`)
  } else console.log(text)
}
