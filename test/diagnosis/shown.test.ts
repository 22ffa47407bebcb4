import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { saveNet } from "../../src/caffe/save-net.js"
import { diagnose as command } from "../../src/cli/diagnose.js"
import { diagnose } from "../../src/diagnosis/index.js"
import { bundleOfResult } from "../figures/results.js"
import { digits, formula, mergeScript } from "./scripts.js"

const wrong = formula({ alpha: ({ v, g }) => g / Math.sqrt(v + Number.EPSILON) })

test("a table in a notebook, a line in a log, plain data for programs", async () => {
  const net = await digits()
  const diagnosis = await diagnose(net, mergeScript(net, wrong))
  const bundle = await bundleOfResult(diagnosis)
  expect(bundle["text/plain"]).toBe(String(diagnosis))
  expect(String(diagnosis).split("\n")).toHaveLength(1)
  const html = bundle["text/html"] as string
  for (const { layer, bug, evidence } of diagnosis.findings) {
    for (const words of [layer, bug]) expect(html).toContain(words.replaceAll("'", "&#39;"))
    expect(html).toContain(evidence.slice(0, 20))
  }
  const data = JSON.parse(JSON.stringify(diagnosis)) as Record<string, unknown>
  expect(data).toMatchObject({ equivalent: false, summary: String(diagnosis) })
  expect(data.findings).toHaveLength(3)

  const fine = await bundleOfResult(await diagnose(net, mergeScript(net, formula())))
  expect(fine["text/html"]).toContain("Nothing went wrong")
})

test("the command line: files in, exit status 1 and the findings out", async () => {
  const folder = mkdtempSync(join(tmpdir(), "prelab-diagnose-"))
  const net = await digits()
  const files = async (name: string, which: typeof net) => {
    const { prototxt, caffemodel } = await saveNet(which, join(folder, name))
    return [prototxt, caffemodel]
  }
  const own = await files("own", net)
  const run = async (merged: readonly string[]) =>
    (await command.run({ positionals: [...own, ...merged], flags: {} }))!
  const bad = await run(await files("bad", mergeScript(net, wrong)))
  expect(bad.status).toBe(1)
  expect(bad.text).toMatch(
    /^Not equivalent: machine epsilon instead of the layer's eps \(conv1\/bn, conv2\/bn, conv3\/bn\)/,
  )
  expect(bad.text).toContain("conv1/bn (now in conv1): machine epsilon")
  expect((bad.json as { findings: unknown[] }).findings).toHaveLength(3)
  const good = await run(await files("good", mergeScript(net, formula())))
  expect(good.status).toBe(0)
  expect(good.text).toMatch(/^Nothing went wrong: /)
})
