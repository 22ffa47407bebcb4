import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as library from "../../../src/index.js"
import { mimeBundle } from "../../../src/kernel/mime-bundle.js"
import * as scope from "../../../src/kernel/scope.js"
import { element, gif, png } from "./samples.js"

const { html, svg, markdown, latex, json, image } = scope

describe("snippets", () => {
  it.each<[name: string, snippet: unknown, type: string, data: unknown]>([
    ["HTML", html("<b>1</b>"), "text/html", "<b>1</b>"],
    [
      "escaped values",
      html`<b title="${'"'}">${"<i>"}${1}</b>`,
      "text/html",
      '<b title="&quot;">&lt;i&gt;1</b>',
    ],
    [
      "snippets in snippets",
      html`<ul>${["a", "<"].map((x) => html`<li>${x}</li>`)}</ul>`,
      "text/html",
      "<ul><li>a</li><li>&lt;</li></ul>",
    ],
    ["elements in snippets", html`<p>${element("<i>x</i>")}</p>`, "text/html", "<p><i>x</i></p>"],
    [
      "pictures in HTML",
      html`<p>${image(gif)}</p>`,
      "text/html",
      `<p><img alt="GIF image, 5 × 4, 13 bytes" src="data:image/gif;base64,${gif.toString("base64")}"></p>`,
    ],
    ["nothing for nothing", html`[${undefined}${null}${false}]`, "text/html", "[false]"],
    ["objects as Node prints them", html`${{ a: "<" }}`, "text/html", "{ a: &#39;&lt;&#39; }"],
    ["Markdown in HTML as text", html`${markdown("*a* <b>")}`, "text/html", "*a* &lt;b&gt;"],
    [
      "pictures",
      svg`<svg viewBox="0 0 ${2} 2"/>`,
      "image/svg+xml",
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"/>',
    ],
    [
      "pictures with a namespace",
      svg('<svg xmlns="http://www.w3.org/2000/svg"><a xlink:href="#b">&nbsp;</a></svg>'),
      "image/svg+xml",
      '<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg"><a xlink:href="#b">&#160;</a></svg>',
    ],
    ["Markdown", markdown("**a**"), "text/markdown", "**a**"],
    ["escaped Markdown", markdown`**${"a*b_c"}**`, "text/markdown", "**a\\*b\\_c**"],
    ["Markdown in Markdown", markdown`- ${markdown("*a*")}`, "text/markdown", "- *a*"],
    ["formulas", latex("x^2"), "text/latex", "$$x^2$$"],
    ["formulas with dollars", latex("$x$"), "text/latex", "$x$"],
    [
      "formulas without a second backslash",
      latex`\frac{${1}}{${"a_b"}}`,
      "text/latex",
      "$$\\frac{1}{a\\_b}$$",
    ],
    [
      "JSON",
      json({ n: 3n, m: new Map([["k", new Float32Array(1)]]) }),
      "application/json",
      { n: 3, m: { k: [0] } },
    ],
    ["an array as JSON", json([1]), "application/json", [1]],
  ])("show %s", async (_name, snippet, type, data) => {
    const bundle = await mimeBundle(snippet)
    expect(bundle[type]).toEqual(data)
    expect(Object.keys(bundle)).toEqual([type, "text/plain"])
  })

  it("hold what JavaScript cannot unescape as it is written", async () => {
    expect((await mimeBundle(html`\unit`))["text/html"]).toBe("\\unit")
  })

  it("have names that the library leaves free", () => {
    expect(Object.keys(scope).filter((name) => name in library)).toEqual([])
  })
})

describe("image", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "prelab-image-"))
    writeFileSync(join(folder, "a.png"), png)
    writeFileSync(join(folder, "a.txt"), "no picture")
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it("shows files and bytes", async () => {
    const path = join(folder, "a.png")
    const shown = [path, pathToFileURL(path), png, Uint8Array.from(png).buffer].map((source) => image(source))
    for (const snippet of shown)
      expect(await mimeBundle(snippet)).toEqual({
        "image/png": png.toString("base64"),
        "text/plain": `PNG image, 3 × 2, ${png.length} bytes`,
      })
    expect(Object.keys(await mimeBundle(image(gif)))).toEqual(["image/gif", "text/plain"])
  })

  it("says what it cannot show", () => {
    const text = join(folder, "a.txt")
    expect(() => image(text)).toThrow(
      `not a picture: ${text}; PNG, JPEG, GIF, WebP, AVIF, BMP and SVG files are`,
    )
    expect(() => image(new Uint8Array(3))).toThrow("not a picture: 3 bytes")
    expect(() => image(join(folder, "b.png"))).toThrow(`cannot read picture: ${join(folder, "b.png")}`)
    expect(() => image("https://example.org/a.png")).toThrow("not a local file: https://example.org/a.png")
  })
})
