// npm run bench -- NAME: measures prelab beside its peers, interleaved in one run, medians and ratios.
// Nothing here is a test: machines differ, ratios within one run say something.
const benches = {
  load: () => import("./load.mjs"),
  kernel: () => import("./kernel.mjs"),
  train: () => import("./train.mjs"),
}

const [name, ...args] = process.argv.slice(2)
const load = benches[/** @type {keyof typeof benches} */ (name)]
if (!load) {
  process.stderr.write(
    `prelab bench: unknown bench: ${name ?? "none"}; there are ${Object.keys(benches).join(", ")}\n`,
  )
  process.exit(2)
}
const { setUp } = await import("../../src/setup/all.mjs")
await setUp()
await (await load()).bench(args)
