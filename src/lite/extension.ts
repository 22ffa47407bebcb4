import { makePlugin } from "./page/plugin.js"
import { type ShareScope, setShareScope } from "./page/share-scope.js"

// The extension as JupyterLab loads it: a container of webpack's module federation, which needs no webpack.

/** The folder that this script was loaded from. */
const base = new URL(".", (document.currentScript as HTMLScriptElement).src).href

const page = window as { _JUPYTERLAB?: Record<string, unknown> }
page._JUPYTERLAB ??= {}
page._JUPYTERLAB.prelab = {
  init: (scope: ShareScope) => setShareScope(scope),
  get: async (module: string) => {
    if (module !== "./extension") throw new Error(`no such module: ${module}`)
    const plugin = await makePlugin(base)
    return () => ({ __esModule: true, default: plugin })
  },
}
