import { defineConfig } from "vitest/config"

/** `npm run bench -- devices`: apart from `npm test`, which has no GPU. */
export default defineConfig({
  test: {
    include: ["test/bench/devices.matrix.ts"],
    testTimeout: 7_200_000,
    hookTimeout: 120_000,
    root: new URL("../..", import.meta.url).pathname,
    disableConsoleIntercept: true,
  },
})
