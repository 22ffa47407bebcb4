import type { Place, Segment } from "../equivalence/index.js"

/** `conv1, conv1/bn = conv1` where the nets differ, the layers' names where they do not. */
export function namesOf({ layers: { a, b } }: Pick<Segment, "layers">): string {
  const [left, right] = [a.join(", "), b.join(", ")]
  return left === right ? left : `${left} = ${right}`
}

/** Where a value stands: blob, indices and the probe that was run. */
export function placeText({ blob, at, probe }: Place): string {
  return `${blob} [${at.join(", ")}], probe ${probe}`
}
