/** Jupyter counts cursors in Unicode code points (since 5.2), JavaScript in UTF-16 units. */
export function toUtf16(text: string, codePoints: number): number {
  let units = 0
  let seen = 0
  for (const character of text) {
    if (seen++ >= codePoints) break
    units += character.length
  }
  return units
}

export function toCodePoints(text: string, utf16: number): number {
  return [...text.slice(0, utf16)].length
}
