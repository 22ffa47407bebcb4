/**
 * The names by which compiled code calls the kernel: parameters of the function that a compiled text becomes. The
 * compiler writes them, the executor gives their values.
 */
export const runtimeNames = [
  "exports",
  "require",
  "module",
  "__filename",
  "__dirname",
  "__import",
  "__dynamicImport",
  "__meta",
  "__last",
  "__stop",
  "__checkStop",
  "__forAwait",
] as const

export type RuntimeName = (typeof runtimeNames)[number]
