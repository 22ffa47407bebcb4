/** No signal, nothing left of one. */
export function drainSigint(): void {}
