import type { InPlaceMemory } from "../engines/index.js"

/*
 * MUSEUM PIECES. Two wrong ways of remembering what an in-place PReLU has overwritten, kept to show what they do to training. Nothing uses them
 * unless it is told to: `new TrainingPass(net, shapes, { inPlaceMemory: quarterCopy })`.
 */

/**
 * MUSEUM PIECE, wrong on purpose: the bug that the discussion found. The copy of the pre-activations was
 * given their number where it counts bytes, so that only the first quarter was copied. The rest of the buffer
 * stayed zero, which counts as negative: three quarters of the diffs are multiplied by the slope, and add
 * nothing to its gradient.
 */
export const quarterCopy: InPlaceMemory = {
  name: "quarter copy (wrong)",
  keep(_call, bottom) {
    const memory = new Float32Array(bottom.length)
    const bytes = new Uint8Array(bottom.buffer, bottom.byteOffset, bottom.length)
    new Uint8Array(memory.buffer).set(bytes)
    return { restore: () => memory }
  },
}

/**
 * MUSEUM PIECE, wrong on purpose: no copy at all, the overwritten values are taken for the pre-activations.
 * While slopes are positive the signs are right, and only the slopes' gradient is off, by the factor of the
 * slope; a negative slope turns signs over.
 */
export const overwritten: InPlaceMemory = {
  name: "overwritten values (wrong)",
  keep: () => ({ restore: (top) => top }),
}
