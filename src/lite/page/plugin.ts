import { LiteKernel, type LiteSetting } from "./lite-kernel.js"
import type { FrontEnd, KernelClient, KernelSpecs } from "./services.js"
import { shared } from "./share-scope.js"

interface Tokens {
  IKernelSpecs: unknown
  IKernelClient: unknown
}

interface PageConfig {
  getOption(name: string): string
}

/** What a site may set in `jupyter-lite.json`, as `litePluginSettings["prelab:kernel"]`. */
interface Settings {
  /** Where packages come from: an address with `{name}` in it. */
  cdn?: string
}

const pluginId = "prelab:kernel"

declare const versionInBrowser: string
declare const typescriptInBrowser: string

/** Makes the kernel known to JupyterLite. */
export async function makePlugin(base: string): Promise<object> {
  const { IKernelSpecs, IKernelClient } = await shared<Tokens>("@jupyterlite/services")
  const { PageConfig } = await shared<{ PageConfig: PageConfig }>("@jupyterlab/coreutils")
  const own = JSON.parse(PageConfig.getOption("litePluginSettings") || "{}")[pluginId] as Settings | undefined
  return {
    id: pluginId,
    description: "TypeScript cells in the browser, with prelab in scope",
    autoStart: true,
    requires: [IKernelSpecs, IKernelClient],
    activate: (app: FrontEnd, specs: KernelSpecs, client: KernelClient) => {
      const setting = {
        ...{ base, contents: app.serviceManager.contents, cdn: own?.cdn },
        ...{ version: versionInBrowser, typescript: typescriptInBrowser },
      }
      register(specs, stoppable(client), setting)
    },
  }
}

/** @param kernels that run, by their ids */
function register(specs: KernelSpecs, kernels: Map<string, LiteKernel>, setting: LiteSetting): void {
  const logo = new URL("logo.svg", setting.base).href
  specs.register({
    spec: {
      ...{ name: "prelab", display_name: "TypeScript (prelab)", language: "typescript", argv: [] },
      resources: { "logo-svg": logo, "logo-64x64": logo },
      metadata: { debugger: false },
    },
    create: async (options) => {
      const kernel = new LiteKernel(options, setting)
      kernels.set(options.id, kernel)
      kernel.disposed.connect(() => void kernels.delete(options.id))
      return kernel
    },
  })
}

/** JupyterLite's own interrupt only drops the cells that wait. */
function stoppable(client: KernelClient): Map<string, LiteKernel> {
  const kernels = new Map<string, LiteKernel>()
  const others = client.interrupt.bind(client)
  client.interrupt = async (id) => {
    const own = kernels.get(id)
    if (own) own.interrupt()
    else await others(id)
  }
  return kernels
}
