/** A text that runs in the thread's own world, under a name for its frames in stacks. */
export class Script {
  readonly #text: string

  constructor(code: string, { filename = "script" }: { filename?: string } = {}) {
    this.#text = `${code}\n//# sourceURL=${filename}`
  }

  runInThisContext(): unknown {
    // biome-ignore lint/security/noGlobalEval: running the reader's code is what a kernel is for
    return globalThis.eval(this.#text)
  }
}

export const constants = { USE_MAIN_CONTEXT_DEFAULT_LOADER: undefined }

export function runInThisContext(code: string): unknown {
  return new Script(code).runInThisContext()
}

export default { Script, constants, runInThisContext }
