/** Modules that JupyterLab's page shares with its extensions, by webpack's module federation: name, then version. */
export type ShareScope = Record<string, Record<string, { get(): Promise<() => unknown> }>>

let scope: ShareScope = {}

export function setShareScope(shared: ShareScope): void {
  scope = shared
}

/** @throws Error where the page has no such module: then it is no JupyterLite */
export async function shared<Module>(name: string): Promise<Module> {
  const [version] = Object.values(scope[name] ?? {})
  if (!version) throw new Error(`the page shares no ${name}`)
  return (await version.get())() as Module
}
