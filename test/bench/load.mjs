// How long does it take to load open_nsfw (prototxt and a caffemodel of 23.8 MB), and what memory does it cost? A reader
// who folds nets does this over and over; importers that copy weights through arrays of numbers take 16 bytes a weight.
// Peers: OpenCV's readNetFromCaffe (C++, its own process) and protobufjs' plain decode of the caffemodel alone.
// Expected: no slower than OpenCV, memory close to the file's own size. Ends with a checksum of the weights.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import protobuf from "protobufjs"
import { binary, inRoot } from "../../src/setup/paths.mjs"
import { median, table } from "./statistics.mjs"

const rounds = 25
const opencv = "opencv-python-headless==4.14.0.94"

/** The model's files, the caffemodel unpacked: from PRELAB_MODELS, or from the oracle beside the repository. */
async function model(/** @type {string} */ folder) {
  const models = process.env.PRELAB_MODELS ?? inRoot("..", "shared", "oracle", "models")
  const prototxt = join(models, "open_nsfw", "deploy.prototxt")
  const packed = join(models, "open_nsfw", "resnet_50_1by2_nsfw.caffemodel.gz")
  if (!existsSync(packed)) throw new Error(`bench: no open_nsfw below ${models}; set PRELAB_MODELS`)
  const caffemodel = join(folder, "open_nsfw.caffemodel")
  await writeFile(caffemodel, gunzipSync(await readFile(packed)))
  return { prototxt, caffemodel }
}

/** OpenCV in a virtual environment of the bench's own, answering one load a line. */
async function startOpenCv(/** @type {{prototxt: string, caffemodel: string}} */ files) {
  const venv = inRoot(".cache", "bench-venv")
  if (!existsSync(binary(venv, "python"))) {
    mkdirSync(inRoot(".cache"), { recursive: true })
    const made = [
      spawnSync("python3", ["-m", "venv", venv], { stdio: "inherit" }),
      spawnSync(binary(venv, "python"), ["-m", "pip", "install", "--quiet", opencv], { stdio: "inherit" }),
    ]
    if (made.some(({ status }) => status !== 0)) {
      rmSync(venv, { recursive: true, force: true })
      throw new Error("bench: OpenCV cannot be installed")
    }
  }
  const script = [
    "import cv2, sys, time",
    "for line in sys.stdin:",
    "    t = time.perf_counter(); net = cv2.dnn.readNetFromCaffe(sys.argv[1], sys.argv[2])",
    "    print((time.perf_counter() - t) * 1e3, cv2.__version__, flush=True)",
  ].join("\n")
  const child = spawn(binary(venv, "python"), ["-c", script, files.prototxt, files.caffemodel], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async load() {
      child.stdin.write("\n")
      const [ms, version] = String((await lines.next()).value).split(" ")
      return { ms: Number(ms), version }
    },
    stop: () => child.stdin.end(),
  }
}

/** Resident growth of one load in a process of its own, young space collected before and after. */
function residentGrowth(
  /** @type {string} */ prototxt,
  /** @type {string} */ caffemodel,
  /** @type {string[]} */ ...flags
) {
  const code = `
    const { loadNet } = await import(process.argv[1])
    const { statSync } = await import("node:fs")
    const collect = () => { for (let i = 0; i < 3; i++) gc() }
    await loadNet(Buffer.from('name: "warm"'))
    collect()
    const before = process.memoryUsage().rss
    const from = performance.now()
    const net = await loadNet(process.argv[2], process.argv[3])
    const ms = performance.now() - from
    collect()
    console.log(JSON.stringify({ growth: process.memoryUsage().rss - before, file: statSync(process.argv[3]).size, ms, parameters: net.parameters }))`
  const library = new URL("../../dist/caffe/index.js", import.meta.url).href
  const args = ["--expose-gc", ...flags, "--input-type=module", "-e", code, library, prototxt, caffemodel]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" })
  if (status !== 0) throw new Error(`bench: ${stderr}`)
  return JSON.parse(stdout)
}

/** An InnerProduct layer with 500 MB of weights. */
async function largeModel(/** @type {string} */ folder) {
  const [inputs, outputs] = [12_500, 10_000]
  const prototxt = join(folder, "large.prototxt")
  const caffemodel = join(folder, "large.caffemodel")
  writeFileSync(
    prototxt,
    `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: ${inputs} } } }
     layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: ${outputs} bias_term: false } }\n`,
  )
  const tag = (/** @type {number} */ number, /** @type {number} */ length) =>
    protobuf.Writer.create()
      .uint32(number * 8 + 2)
      .uint32(length)
      .finish()
  const text = (/** @type {number} */ number, /** @type {string} */ value) =>
    Buffer.concat([tag(number, value.length), Buffer.from(value)])
  const dims = Buffer.concat([
    protobuf.Writer.create().uint32(10).fork().uint32(outputs).uint32(inputs).ldelim().finish(),
  ])
  const size = inputs * outputs * 4
  const blobHead = Buffer.concat([tag(7, dims.length), dims, tag(5, size)])
  const layerHead = Buffer.concat([text(1, "ip"), text(2, "InnerProduct"), tag(7, blobHead.length + size)])
  const head = Buffer.concat([
    text(1, "large"),
    tag(100, layerHead.length + blobHead.length + size),
    layerHead,
    blobHead,
  ])
  await writeFile(
    caffemodel,
    [head, new Float32Array(inputs * outputs).fill(0.5)].map((part) =>
      Buffer.from(part.buffer, part.byteOffset, part.byteLength),
    ),
  )
  return { prototxt, caffemodel }
}

export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), "prelab-bench-"))
  try {
    const files = await model(folder)
    const { loadNet } = await import("../../dist/caffe/index.js")
    const NetParameter = protobuf
      .parse(await readFile(fileURLToPath(new URL("../../proto/caffe.proto", import.meta.url)), "utf8"), {
        keepCase: true,
      })
      .root.lookupType("caffe.NetParameter")
    const peer = await startOpenCv(files)
    /** @type {Record<"prelab" | "opencv" | "protobufjs", number[]>} */
    const times = { prelab: [], opencv: [], protobufjs: [] }
    let version = ""
    let checksum = 0
    for (let round = -3; round < rounds; round++) {
      let from = performance.now()
      const net = await loadNet(files.prototxt, files.caffemodel)
      const prelab = performance.now() - from
      checksum = net.layers.reduce(
        (sum, { blobs }) => sum + blobs.reduce((s, { data }) => s + data[0] + data[data.length - 1], 0),
        0,
      )
      const cv = await peer.load()
      version = cv.version
      from = performance.now()
      NetParameter.decode(await readFile(files.caffemodel))
      const decode = performance.now() - from
      if (round < 0) continue // warm-up
      times.prelab.push(prelab)
      times.opencv.push(cv.ms)
      times.protobufjs.push(decode)
    }
    peer.stop()
    const ratio = (/** @type {number[]} */ others) =>
      median(times.prelab.map((ms, i) => ms / others[i])).toFixed(2)
    console.log(`open_nsfw, ${rounds} rounds interleaved, Node ${process.version}, ${cpus()[0]?.model}\n`)
    console.log(
      table([
        ["load", "median ms", "least", "prelab / this"],
        ...[
          ["prelab, prototxt and caffemodel", times.prelab],
          [`OpenCV ${version}, prototxt and caffemodel`, times.opencv],
          ["protobufjs decode, caffemodel alone", times.protobufjs],
        ].map(([what, ms]) => {
          const list = /** @type {number[]} */ (ms)
          return [String(what), median(list).toFixed(1), Math.min(...list).toFixed(1), ratio(list)]
        }),
      ]),
    )
    const grown = [
      ["open_nsfw", residentGrowth(files.prototxt, files.caffemodel)],
      [
        "500 MB, 128 MB of heap",
        await largeModel(folder).then((large) =>
          residentGrowth(large.prototxt, large.caffemodel, "--max-old-space-size=128"),
        ),
      ],
    ]
    console.log(
      `\n${table([
        ["memory", "file MB", "resident growth MB", "growth / file", "ms"],
        ...grown.map(([what, { growth, file, ms }]) => [
          String(what),
          (file / 1e6).toFixed(1),
          (growth / 1e6).toFixed(1),
          (growth / file).toFixed(2),
          ms.toFixed(0),
        ]),
      ])}\n\nchecksum of the weights: ${checksum.toFixed(6)}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
