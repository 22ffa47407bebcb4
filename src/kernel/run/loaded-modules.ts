import type { ImportRequest } from "../language/local-modules.js"

/** The modules that cells have besides the reader's own files: those of the kernel, and packages once they are loaded. */
export class LoadedModules {
  readonly #provided = new Map<string, object>()
  readonly #packages = new Map<string, object>()

  constructor(readonly importPackage: (request: ImportRequest) => Promise<object>) {}

  provide(specifier: string, namespace: object): void {
    this.#provided.set(specifier, namespace)
  }

  provided(specifier: string): object | undefined {
    return this.#provided.get(specifier)
  }

  /** Enters a package that was loaded otherwise. */
  keep(request: ImportRequest, namespace: object): void {
    this.#packages.set(keyOf(request), namespace)
  }

  get(request: ImportRequest): object | undefined {
    return this.#provided.get(request.specifier) ?? this.#packages.get(keyOf(request))
  }

  async load(request: ImportRequest): Promise<void> {
    if (!this.get(request)) this.keep(request, await this.importPackage(request))
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
    const request = requests.find((each) => each.specifier === specifier) ?? { specifier }
    const found = request.file === undefined ? this.get(request) : local(request.file)
    if (!found) throw new Error(`module is not loaded: ${specifier}`)
    return found
  }
}

/** Two folders may have two versions of a package. */
function keyOf({ specifier, folder = "" }: ImportRequest): string {
  return JSON.stringify([specifier, folder])
}
