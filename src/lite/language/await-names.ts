/**
 * The names by which compiled text keeps its context over an `await`, besides {@link runtimeNames}: parameters of the
 * function that a compiled text becomes.
 *
 * - `__pause(value)` promises a record of the context that calls it and of what `value` comes to, also where that fails;
 * - `__resume(record)` enters that context, and gives the value or throws.
 */
export const awaitNames = ["__pause", "__resume"] as const

export type AwaitName = (typeof awaitNames)[number]
