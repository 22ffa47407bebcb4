/** The exports of a CommonJS module as an ES module's namespace. */
export function commonJsNamespace(exported: object): object {
  if ((exported as { __esModule?: unknown }).__esModule && "default" in exported) return exported
  const names = new Set<string>()
  for (
    let owner: object | null = exported;
    owner && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    if (owner === Function.prototype) break
    for (const name of Object.getOwnPropertyNames(owner)) names.add(name)
  }
  const namespace: Record<string, unknown> = {}
  for (const name of names) {
    if (name === "default") continue
    // Read when used: packages define their parts as getters that load them.
    Object.defineProperty(namespace, name, {
      enumerable: true,
      get: () => (exported as Record<string, unknown>)[name],
    })
  }
  return Object.defineProperty(namespace, "default", { enumerable: true, value: exported })
}
