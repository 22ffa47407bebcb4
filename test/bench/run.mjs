// npm run bench [-- NAME]: measures prelab beside its peers, interleaved in one run, medians and ratios. Without a name
// all of them but the one in a browser, one after the other. Nothing here is a test: machines differ, ratios within one
// run say something.
const benches = {
  load: () => import("./load.mjs"),
  kernel: () => import("./kernel.mjs"),
  engines: () => import("./engines.mjs"),
  browser: () => import("./browser.mjs"),
}

const [name, ...args] = process.argv.slice(2)
if (name !== undefined && !(name in benches)) {
  process.stderr.write(`prelab bench: unknown bench: ${name}; there are ${Object.keys(benches).join(", ")}\n`)
  process.exit(2)
}
const { setUp } = await import("../../src/setup/all.mjs")
await setUp()
const names = name === undefined ? ["load", "kernel", "engines"] : [name]
for (const each of names) {
  const { bench } = await benches[/** @type {keyof typeof benches} */ (each)]()
  await bench(args)
}
