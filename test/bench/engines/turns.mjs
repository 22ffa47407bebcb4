// What is timed, and how: the same in a process of Node and in a page.

/** @typedef {import("./contestant.mjs").Case} Case */
/** @typedef {import("./contestant.mjs").Opened} Opened */
/** @typedef {import("./contestant.mjs").Opener} Opener */
/** @typedef {import("./contestant.mjs").Read} Read */

/**
 * Loading is reading the library and the files; compiling is all from there to the end of the first pass.
 * @param {() => Promise<Opener>} load
 * @param {Case} given
 * @param {Read} read
 */
export async function openCase(load, given, read) {
  const from = performance.now()
  const compile = await (await load()).prepare(given, read)
  const loaded = performance.now()
  const result = await compile()
  await result.run()
  return { result, loadMs: loaded - from, compileMs: performance.now() - loaded }
}

/**
 * Passes until they took so long together, at least one.
 * @param {Opened} opened
 * @param {number} leastMs
 */
export async function timeRuns(opened, leastMs) {
  const times = []
  for (let all = 0; all < leastMs || times.length === 0; ) {
    const from = performance.now()
    await opened.run()
    const ms = opened.passMs?.() ?? performance.now() - from
    times.push(ms)
    all += ms
  }
  return { times }
}

/**
 * Arrays in a line of JSON; without Node's Buffer, for pages.
 * @param {Record<string, Float32Array>} arrays
 */
export function asBase64(arrays) {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { buffer, byteOffset, byteLength }]) => {
      let text = ""
      const bytes = new Uint8Array(buffer, byteOffset, byteLength)
      // Spread arguments have a limit of some ten thousands.
      for (let at = 0; at < bytes.length; at += 8192)
        text += String.fromCharCode(...bytes.subarray(at, at + 8192))
      return [name, btoa(text)]
    }),
  )
}

/**
 * @param {Record<string, string>} texts
 * @returns {Record<string, Float32Array>}
 */
export function fromBase64(texts) {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const bytes = Uint8Array.from(Buffer.from(text, "base64"))
      return [name, new Float32Array(bytes.buffer)]
    }),
  )
}

/**
 * Raw float32 as an array.
 * @param {Uint8Array} bytes
 */
export function floats(bytes) {
  return new Float32Array(bytes.slice().buffer)
}

/** @param {number} threads */
export function threadsInWords(threads) {
  return threads === 1 ? "1 thread" : `${threads} threads`
}
