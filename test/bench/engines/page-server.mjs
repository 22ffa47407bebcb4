// The pages' own server, on this machine alone: the contestants' modules, the libraries' files and the cases.
import { createReadStream, existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { dirname, extname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { inRoot } from "../../../src/setup/paths.mjs"

const require = createRequire(import.meta.url)
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
}

/** What a page needs for threads: only documents that isolate themselves share memory. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cache-Control": "no-store",
}

/**
 * @param {string} cases the folder with the cases
 * @param {string} tfjs the folder with tfjs in its node_modules
 * @returns {Promise<{ origin: string, close: () => void }>}
 */
export async function servePages(cases, tfjs) {
  const scripts = await bundled(tfjs)
  const folders = {
    "/cases/": cases,
    "/onnxruntime/": dirname(require.resolve("onnxruntime-web")),
    "/tfjs-wasm/": join(tfjs, "node_modules", "@tensorflow", "tfjs-backend-wasm", "dist"),
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(String(request.url), "http://127.0.0.1").pathname)
    const type =
      types[/** @type {keyof typeof types} */ (extname(path || ".html"))] ?? "application/octet-stream"
    const head = { ...isolation, "Content-Type": path === "/" ? "text/html" : type }
    const script = scripts.get(path)
    if (script !== undefined) return void response.writeHead(200, head).end(script)
    const found = Object.entries(folders).find(([start]) => path.startsWith(start))
    const file = found && normalize(join(found[1], path.slice(found[0].length)))
    if (!found || !file?.startsWith(found[1]) || !existsSync(file))
      return void response.writeHead(404, isolation).end()
    response.writeHead(200, head)
    createReadStream(file).pipe(response)
  })
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)))
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address())
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() }
}

/**
 * What the pages load, by path.
 * @param {string} tfjs
 * @returns {Promise<Map<string, string | Uint8Array>>}
 */
async function bundled(tfjs) {
  const own = ["page", "page-opener-gpu", "page-opener-onnxruntime", "page-opener-tfjs"]
  const worker = await Promise.all(
    [
      require.resolve("gpu.js/dist/gpu-browser.min.js"),
      inRoot("dist", "widgets", "browser-engine.worker.js"),
    ].map((file) => readFile(file, "utf8")),
  )
  /** @type {[string, string | Uint8Array][]} */
  const scripts = [
    ["/", `<!doctype html><title>prelab bench</title><script type="module" src="/page.js"></script>`],
    ["/gpu-worker.js", worker.join("\n;")],
  ]
  for (const name of own)
    scripts.push([
      `/${name}.js`,
      await bundle({ entryPoints: [fileURLToPath(new URL(`${name}.mjs`, import.meta.url))] }),
    ])
  for (const backend of ["wasm", "webgl", "webgpu"]) {
    const contents = `export * as core from "@tensorflow/tfjs-core"\nexport * from "@tensorflow/tfjs-backend-${backend}"`
    scripts.push([`/tfjs-${backend}.js`, await bundle({ stdin: { contents, resolveDir: tfjs } })])
  }
  return new Map(scripts)
}

/** @param {import("esbuild").BuildOptions} entry */
async function bundle(entry) {
  const { outputFiles } = await build({
    ...entry,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error",
  })
  return /** @type {{ text: string }[]} */ (outputFiles)[0].text
}
