// npm run bench [-- NAME]: measures prelab beside its peers, interleaved in one run, medians and ratios. Without a name
// loading, kernel and engines, one after the other. Nothing here is a test: machines differ, ratios within one
// run say something.
import { setUp } from "../../src/setup/all.mjs"
import { ensureBuild } from "../../src/setup/build.mjs"
import { ensurePackages } from "../../src/setup/packages.mjs"

/** Only the kernel's bench needs JupyterLab's environment. */
async function build() {
  await ensurePackages()
  await ensureBuild()
}

const benches = {
  load: { prepare: build, load: () => import("./load.mjs") },
  kernel: { prepare: setUp, load: () => import("./kernel.mjs") },
  engines: { prepare: build, load: () => import("./engines.mjs") },
  browser: { prepare: build, load: () => import("./browser.mjs") },
  devices: { prepare: build, load: () => import("./devices.mjs") },
  train: { prepare: build, load: () => import("./train.mjs") },
  backward: { prepare: build, load: () => import("./backward.mjs") },
}

const [name, ...args] = process.argv.slice(2)
if (name !== undefined && !Object.hasOwn(benches, name)) {
  process.stderr.write(`prelab bench: unknown bench: ${name}; there are ${Object.keys(benches).join(", ")}\n`)
  process.exit(2)
}
const names = name === undefined ? ["load", "kernel", "engines"] : [name]
for (const each of names) {
  const { prepare, load } = benches[/** @type {keyof typeof benches} */ (each)]
  await prepare()
  await (await load()).bench(args)
}
