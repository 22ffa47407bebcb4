/** The signatures of a function's type as a checker prints it, as `(n: number): string`; none of anything else. */
export function signaturesOf(type: string): string[] {
  const object = /^\{ (.*); \}$/s.exec(type)?.[1]
  const parts = object === undefined ? [type] : splitOutside(object, "; ")
  const signatures = parts.map((part) => (object === undefined ? arrowSignature(part) : callSignature(part)))
  return signatures.includes(undefined) ? [] : (signatures as string[])
}

function callSignature(part: string): string | undefined {
  return /^[(<]/.test(part) ? part : undefined
}

/** `(n: number) => string` as `(n: number): string`. */
function arrowSignature(type: string): string | undefined {
  if (!/^[(<]/.test(type)) return undefined
  const [parameters, ...result] = splitOutside(type, " => ")
  return result.length === 0 ? undefined : `${parameters}: ${result.join(" => ")}`
}

/** Splits where the separator stands outside of brackets and strings. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(start, i))
      start = i + separator.length
      i = start - 1
    } else if ("([{<".includes(text[i]!)) depth++
    else if (")]}".includes(text[i]!) || (text[i] === ">" && text[i - 1] !== "=")) depth--
  }
  return [...parts, text.slice(start)]
}
