import type { ImportRequest } from "../language/local-modules.js"

/** The modules that cells have besides the reader's own files: those of the kernel, and packages once they are loaded. */
export class LoadedModules {
  readonly #provided = new Map<string, object>()
  readonly #packages = new Map<string, object>()

  constructor(readonly importPackage: (specifier: string) => Promise<object>) {}

  provide(specifier: string, namespace: object): void {
    this.#provided.set(specifier, namespace)
  }

  provided(specifier: string): object | undefined {
    return this.#provided.get(specifier)
  }

  /** Enters a package that was loaded otherwise. */
  keep(specifier: string, namespace: object): void {
    this.#packages.set(specifier, namespace)
  }

  get(specifier: string): object | undefined {
    return this.#provided.get(specifier) ?? this.#packages.get(specifier)
  }

  async load(specifier: string): Promise<void> {
    if (!this.get(specifier)) this.keep(specifier, await this.importPackage(specifier))
  }

  /**
   * A module that has been loaded, by the specifier of these requests.
   *
   * @param local the namespace of a file of the reader's
   */
  find(
    specifier: string,
    requests: readonly ImportRequest[],
    local: (file: string) => object | undefined,
  ): object {
    const file = requests.find((request) => request.specifier === specifier)?.file
    const found = file === undefined ? this.get(specifier) : local(file)
    if (!found) throw new Error(`module is not loaded: ${specifier}`)
    return found
  }
}
