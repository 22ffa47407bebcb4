import { defineConfig } from "vitest/config"

/** `npm run fuzz`: the long form of fuzz.test.ts, apart from `npm test` for its minutes. */
export default defineConfig({
  test: {
    include: ["test/fuzz/full.fuzz.ts"],
    testTimeout: 3_600_000,
    root: new URL("../..", import.meta.url).pathname,
  },
})
