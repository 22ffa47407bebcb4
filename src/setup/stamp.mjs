// A stamp is a small file inside what was made, naming what it was made from.
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"

/**
 * The SHA-256 of these files' names and contents.
 * @param {string[]} files
 * @param {string[]} [more] other things the result depends on
 */
export function fingerprint(files, more = []) {
  const hash = createHash("sha256")
  for (const text of more) hash.update(`${text}\0`)
  for (const file of [...files].sort()) hash.update(`${file}\0`).update(readFileSync(file)).update("\0")
  return hash.digest("hex")
}

/**
 * @param {string} stamp
 * @param {string} value
 */
export function isStamped(stamp, value) {
  try {
    return readFileSync(stamp, "utf8").trim() === value
  } catch {
    return false // no stamp: it was never made, or not to its end
  }
}

/**
 * @param {string} stamp
 * @param {string} value
 */
export function writeStamp(stamp, value) {
  writeFileSync(stamp, `${value}\n`)
}
