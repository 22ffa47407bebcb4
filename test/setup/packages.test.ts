import { expect, test } from "vitest"
import { matches } from "../../src/setup/packages.mjs"

const wanted = {
  "": { version: "0.1.0" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/for-another-system": { version: "2.0.0", integrity: "sha512-b", optional: true },
}
const a = wanted["node_modules/a"]

test("what npm installed matches without the packages for other systems", () => {
  expect(matches(wanted, { "node_modules/a": a })).toBe(true)
})

test.each([
  ["nothing is installed", undefined],
  ["a package is missing", {}],
  ["a package has another version", { "node_modules/a": { ...a, version: "1.0.1" } }],
  ["a package has other contents", { "node_modules/a": { ...a, integrity: "sha512-c" } }],
  ["a package is left over", { "node_modules/a": a, "node_modules/old": { version: "1.0.0" } }],
])("it does not match when %s", (_, installed) => {
  expect(matches(wanted, installed)).toBe(false)
})
