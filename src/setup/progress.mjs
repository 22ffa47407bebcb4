// "installing packages ... done in 12 s": one line per step that really has to work, none for the others.

/**
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const from = performance.now()
  process.stderr.write(`${title} ... `)
  try {
    const result = await work()
    process.stderr.write(`done in ${seconds(performance.now() - from)}\n`)
    return result
  } catch (error) {
    process.stderr.write("failed\n")
    throw error
  }
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0)} s`
}
