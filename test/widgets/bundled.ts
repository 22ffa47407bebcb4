import { fileURLToPath } from "node:url"
import { build } from "esbuild"

/** A widget's front end as `npm run build` bundles it, from the sources. */
export async function bundled(name: string): Promise<{ esm: string; css: string }> {
  const folder = fileURLToPath(new URL(`../../widgets/${name}/`, import.meta.url))
  const bundle = async (entry: string) => {
    const { outputFiles } = await build({
      entryPoints: [`${folder}${entry}`],
      bundle: true,
      format: "esm",
      target: "es2022",
      minify: true,
      charset: "utf8",
      write: false,
      logLevel: "silent",
    })
    return outputFiles[0]!.text
  }
  return { esm: await bundle("index.ts"), css: await bundle("style.css") }
}
