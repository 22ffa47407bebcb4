import { defineConfig } from "vitest/config"

/** `npm run soak`: the long form of soak.test.ts, apart from `npm test` for its minutes. */
export default defineConfig({
  test: {
    include: ["test/soak/full.soak.ts"],
    testTimeout: 3_600_000,
    root: new URL("../..", import.meta.url).pathname,
    disableConsoleIntercept: true,
  },
})
