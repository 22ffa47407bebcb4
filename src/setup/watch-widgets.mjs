import { relative } from "node:path"
import { widgetBundles } from "./build.mjs"
import { root } from "./paths.mjs"

/**
 * Bundles each front end anew whenever one of its sources is saved, until the function that it gives is called.
 * @param {(line: string) => void} say what was built, and what does not build
 * @returns {Promise<() => Promise<void>>}
 */
export async function watchWidgets(say) {
  const esbuild = await import("esbuild")
  /** @type {import("esbuild").BuildContext[]} */
  const contexts = []
  for (const bundle of widgetBundles()) {
    const name = relative(root, bundle.entryPoints[0] ?? "")
    let isFirst = true
    const told = {
      name: "told",
      /** @param {import("esbuild").PluginBuild} build */
      setup(build) {
        build.onEnd(({ errors }) => {
          const problem = errors.map(({ text, location }) => `${location?.file}:${location?.line}: ${text}`)
          if (errors.length > 0) say(`${name} does not build: ${problem.join("; ")}`)
          else if (!isFirst) say(`${name} built`)
          isFirst = false
        })
      },
    }
    const context = await esbuild.context({ ...bundle, plugins: [told] })
    await context.watch()
    contexts.push(context)
  }
  return async () => {
    await Promise.all(contexts.map((context) => context.dispose()))
  }
}
