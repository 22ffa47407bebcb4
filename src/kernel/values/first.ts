/** The first elements of something that may have millions; the rest is not even visited. */
export function first<T>(elements: Iterable<T>, count: number): T[] {
  const found: T[] = []
  for (const element of elements) {
    if (found.push(element) === count) break
  }
  return found
}
