import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { encodePng } from "../../src/encode-png.js"
import { loadImages } from "../../src/training/index.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-images-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, bytes: Uint8Array | string): void {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
}

const grey = (...data: number[]) =>
  encodePng({ width: data.length, height: 1, channels: 1, data: Uint8Array.from(data) })
const rgb = (...data: number[]) =>
  encodePng({ width: data.length / 3, height: 1, channels: 3, data: Uint8Array.from(data) })

test("folders are classes, in the alphabet's order; grey images have one channel", async () => {
  put("dog/2.png", grey(30, 40))
  put("cat/b.png", grey(10, 20))
  put("cat/a.png", grey(0, 255))
  put(".DS_Store", "x")
  put("cat/.hidden", "x")
  const images = await loadImages(folder, { shuffle: false, scale: 1 })
  expect(images).toEqual({
    data: { shape: [3, 1, 1, 2], data: Float32Array.of(0, 255, 10, 20, 30, 40) },
    labels: { shape: [3], data: Float32Array.of(0, 0, 1) },
    classes: ["cat", "dog"],
    files: ["cat/a.png", "cat/b.png", "dog/2.png"].map((name) => join(folder, name)),
  })
  expect((await loadImages(folder, { shuffle: false })).data.data[1]).toBe(255 / 256)
})

test("colours are blue, green, red, as Caffe reads them; alpha is left out; grey and colours can be mixed", async () => {
  put("a/1.png", rgb(1, 2, 3, 4, 5, 6))
  put(
    "b/1.png",
    encodePng({ width: 2, height: 1, channels: 4, data: Uint8Array.of(7, 8, 9, 0, 10, 11, 12, 0) }),
  )
  put("c/1.png", grey(13, 14))
  const colours = await loadImages(folder, { shuffle: false, scale: 1 })
  expect(colours.data).toEqual({
    shape: [3, 3, 1, 2],
    data: Float32Array.of(3, 6, 2, 5, 1, 4, 9, 12, 8, 11, 7, 10, 13, 14, 13, 14, 13, 14),
  })
  const { data } = await loadImages(folder, { shuffle: false, scale: 1, channels: 1 })
  expect(data).toEqual({ shape: [3, 1, 1, 2], data: Float32Array.of(2, 5, 8, 11, 13, 14) })
})

test("the order is drawn from a seed, and items keep their labels", async () => {
  for (let i = 0; i < 20; i++) put(`${i % 2 ? "odd" : "even"}/${i}.png`, grey(i))
  const [one, again, other] = await Promise.all(
    [1, 1, 2].map((shuffle) => loadImages(folder, { shuffle, scale: 1 })),
  )
  expect(again).toEqual(one)
  expect(other!.files).not.toEqual(one!.files)
  expect([...other!.files].sort()).toEqual([...one!.files].sort())
  expect([...one!.data.data].map((value) => value % 2)).toEqual([...one!.labels.data])
  expect(await loadImages(folder, { scale: 1 })).toEqual(one)
})

test("every image is counted while they are read", async () => {
  put("a/1.png", grey(1))
  put("a/2.png", grey(2))
  const seen: string[] = []
  await loadImages(folder, { progress: (done, total) => seen.push(`${done} of ${total}`) })
  expect(seen).toEqual(["1 of 2", "2 of 2"])
})

test.each([
  ["a JPEG", "a/1.jpg", Buffer.from([0xff, 0xd8, 0xff, 0xe0]), "JPEG not read: DIR/a/1.jpg; save it as PNG"],
  ["something else", "a/notes.txt", "hello", "not a PNG file: DIR/a/notes.txt; save it as PNG"],
  [
    "a damaged file",
    "a/1.png",
    grey(1).subarray(0, 40),
    "damaged PNG file: it ends before its last chunk (DIR/a/1.png)",
  ],
  [
    "an image beside the folders",
    "1.png",
    grey(1),
    "not a folder of images: DIR/1.png; images lie in one folder for each class",
  ],
  [
    "a folder in a class",
    "a/b/1.png",
    grey(1),
    "not a file: DIR/a/b; images lie in one folder for each class",
  ],
  [
    "an image of another size",
    "b/2.png",
    grey(1, 2),
    "images of different sizes: 2x1 beside 1x1 of DIR/a/0.png (DIR/b/2.png)",
  ],
] as const)("%s is refused by its name", async (_, name, bytes, said) => {
  put("a/0.png", grey(9))
  put(name, bytes)
  await expect(loadImages(folder, { shuffle: false })).rejects.toThrow(said.replaceAll("DIR", folder))
})

test("a folder without folders, one without images, and none at all are refused", async () => {
  await expect(loadImages(folder)).rejects.toThrow(`no folders of images: ${folder}`)
  mkdirSync(join(folder, "empty"))
  await expect(loadImages(folder)).rejects.toThrow(`no images in the folder: ${join(folder, "empty")}`)
  await expect(loadImages(join(folder, "none"))).rejects.toThrow(`no such folder: ${join(folder, "none")}`)
})
