import { describe, expect, it, test } from "vitest"
import { describeRuntimes } from "../../../src/engines/onnx/describe.js"
import { findRuntime, importPackage } from "../../../src/engines/onnx/runtime.js"
import { PrelabError } from "../../../src/error.js"
import { notFound, runtimesHere } from "./runtimes.js"

/** What an import of either package gives, as far as finding it goes. */
const stub = (version: object) => ({
  default: { InferenceSession: {}, Tensor: class {}, env: { versions: version, wasm: {} } },
})

describe("where onnxruntime comes from", () => {
  it("is the native library first", async () => {
    const asked: string[] = []
    const runtime = await findRuntime(async (name) => {
      asked.push(name)
      return stub({ node: "9.8.7" })
    })
    expect(asked).toEqual(["onnxruntime-node"])
    expect(runtime.backend).toBe("cpu")
    expect(runtime.detail).toMatch(/^onnxruntime-node 9\.8\.7, \d+ threads?$/)
  })

  it("is WebAssembly where the native library is not installed, or does not load", async () => {
    for (const fail of [notFound, () => Promise.reject(new Error("libonnxruntime.so.1: wrong ELF class"))]) {
      const runtime = await findRuntime(async (name) =>
        name === "onnxruntime-node" ? fail(name) : stub({ web: "9.8.7" }),
      )
      expect(runtime.backend).toBe("wasm")
      expect(runtime.detail).toMatch(/^onnxruntime-web 9\.8\.7, /)
      expect(runtime.api.env.wasm.numThreads).toBe(runtime.threads)
    }
  })

  it("is nowhere: the error says what to install", async () => {
    const error = await findRuntime(async (name) => notFound(name)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PrelabError)
    expect((error as PrelabError).message).toBe(
      "onnxruntime is not installed: onnxruntime-node, onnxruntime-web; npm install onnxruntime-node",
    )
  })
})

test("what doctor says of both builds agrees with what loads", async () => {
  const found = await describeRuntimes()
  const here = await runtimesHere()
  expect(found.map(({ backend }) => backend)).toEqual(["cpu", "wasm"])
  expect(found.flatMap((each) => ("detail" in each ? [each.detail] : []))).toEqual(
    here.map(({ detail }) => detail),
  )
  expect(await describeRuntimes(async (name) => notFound(name))).toEqual([
    { backend: "cpu", error: "onnxruntime-node is not installed" },
    { backend: "wasm", error: "onnxruntime-web is not installed" },
  ])
})

test("a package that is nowhere keeps the error of the first look", async () => {
  await expect(importPackage("no-such-package-anywhere")).rejects.toThrow("no-such-package-anywhere")
})
