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
import { setTimeout } from "node:timers/promises"
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

/** Python with OpenCV, in a virtual environment of the bench's own. */
function pythonWithOpenCv() {
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
  return binary(venv, "python")
}

/**
 * A contestant: a process of its own, so that nobody pays for another's garbage. It answers every line with the milliseconds of one load
 * and a remark.
 */
function contestant(/** @type {string} */ command, /** @type {string[]} */ args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async load() {
      child.stdin.write("\n")
      const { value, done } = await lines.next()
      if (done) throw new Error(`bench: ${command} ended`)
      const [ms, remark] = String(value).split(" ")
      return { ms: Number(ms), remark: remark ?? "" }
    },
    stop: () => child.stdin.end(),
  }
}

/** The contestants; the first load of each is the cold one. */
function contestants(/** @type {{prototxt: string, caffemodel: string}} */ { prototxt, caffemodel }) {
  const inNode = (/** @type {string} */ prepare, /** @type {string} */ load) => {
    const code = `import { createInterface } from "node:readline"
      ${prepare}
      for await (const _ of createInterface({ input: process.stdin })) {
        const from = performance.now()
        ${load}
        console.log(performance.now() - from, remark)
      }`
    return contestant(process.execPath, ["--input-type=module", "-e", code])
  }
  const quoted = (/** @type {string} */ text) => JSON.stringify(text)
  const library = new URL("../../dist/caffe/index.js", import.meta.url).href
  const schema = fileURLToPath(new URL("../../proto/caffe.proto", import.meta.url))
  return {
    prelab: inNode(
      `import { loadNet } from ${quoted(library)}`,
      `const net = await loadNet(${quoted(prototxt)}, ${quoted(caffemodel)})
       const remark = net.layers.reduce((sum, { blobs }) => sum + blobs.reduce((s, { data }) => s + data[0] + data.at(-1), 0), 0)`,
    ),
    opencv: contestant(pythonWithOpenCv(), [
      "-c",
      [
        "import cv2, sys, time",
        "for line in sys.stdin:",
        "    t = time.perf_counter(); net = cv2.dnn.readNetFromCaffe(sys.argv[1], sys.argv[2])",
        "    print((time.perf_counter() - t) * 1e3, cv2.__version__, flush=True)",
      ].join("\n"),
      prototxt,
      caffemodel,
    ]),
    protobufjs: inNode(
      `import protobuf from ${quoted(import.meta.resolve("protobufjs"))}
       import { readFile } from "node:fs/promises"
       const { root } = protobuf.parse(await readFile(${quoted(schema)}, "utf8"), { keepCase: true })
       const NetParameter = root.lookupType("caffe.NetParameter")`,
      `const remark = NetParameter.decode(await readFile(${quoted(caffemodel)})).layer.length`,
    ),
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
    const peers = contestants(files)
    /** @type {Record<"prelab" | "opencv" | "protobufjs", number[]>} */
    const times = { prelab: [], opencv: [], protobufjs: [] }
    const cold = { prelab: 0, opencv: 0, protobufjs: 0 }
    const remarks = { prelab: "", opencv: "", protobufjs: "" }
    for (let round = -4; round < rounds; round++) {
      for (const [name, peer] of Object.entries(peers)) {
        const who = /** @type {keyof typeof times} */ (name)
        // What another collects after its turn must not fall into this one's.
        await setTimeout(50)
        const { ms, remark } = await peer.load()
        remarks[who] = remark
        if (round === -4) cold[who] = ms
        if (round >= 0) times[who].push(ms)
      }
    }
    for (const peer of Object.values(peers)) peer.stop()
    const rows = [
      ["prelab, prototxt and caffemodel", "prelab"],
      [`OpenCV ${remarks.opencv}, prototxt and caffemodel`, "opencv"],
      ["protobufjs decode, caffemodel alone", "protobufjs"],
    ].map(([what, name]) => {
      const who = /** @type {keyof typeof times} */ (name)
      const ratio = median(times.prelab.map((ms, i) => ms / times[who][i]))
      return [
        String(what),
        median(times[who]).toFixed(1),
        Math.min(...times[who]).toFixed(1),
        ratio.toFixed(2),
        cold[who].toFixed(1),
        (cold.prelab / cold[who]).toFixed(2),
      ]
    })
    console.log(
      `open_nsfw, ${rounds} rounds interleaved, a process each, Node ${process.version}, ${cpus()[0]?.model}\n`,
    )
    console.log(
      table([["load", "median ms", "least", "prelab / this", "first load ms", "prelab / this"], ...rows]),
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
      ])}\n\nchecksum of the weights: ${Number(remarks.prelab).toFixed(6)}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
