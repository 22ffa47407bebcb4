/** What every command takes, as `prelab --help` prints it. */
export interface Usage {
  readonly synopsis: string
  readonly summary: string
  readonly options?: readonly (readonly [flag: string, meaning: string])[]
}

const net = "NET is a prototxt (or zoo:NAME), WEIGHTS a caffemodel."

export const usages: Readonly<Record<string, Usage>> = {
  show: {
    synopsis: "prelab show NET [WEIGHTS]",
    summary: "Layers, shapes, parameter counts and multiply-accumulates.",
    options: [["--phase test|train, --level N, --stage NAME", "which include and exclude rules apply"]],
  },
  slopes: {
    synopsis: "prelab slopes NET WEIGHTS",
    summary: "PReLU slopes per layer and channel, with statistics.",
    options: [["--repair-slopes", "make slopes fit that disagree about channel_shared"]],
  },
  rewrite: {
    synopsis: "prelab rewrite NET WEIGHTS OUT --fold-batch-norm --split-prelu …",
    summary: "Rewrites a net, verifies the result, then writes OUT.prototxt and OUT.caffemodel.",
    options: [
      ["--tidy", "drop what training needs: losses, labels, silenced branches, learning rates"],
      ["  --output BLOB…", "keep these outputs alone"],
      ["  --shape BLOB=1x3x224x224…", "what a data layer reads: it becomes an input"],
      ["--remove-dropout", "Dropout out of the way; a factor that it has into its neighbours"],
      ["--join-prelu", "ReLU, Scale, ReLU, Scale, Eltwise that compute a PReLU into one"],
      ["--fold-batch-norm", "BatchNorm and Scale into the layers before or after them"],
      ["--split-prelu", "PReLU as ReLU, Scale, ReLU, Scale, Eltwise"],
      ["  --form scale|group-convolution", "what multiplies by the slopes (scale unless told)"],
      ["  --leaky", "equal slopes as ReLU with negative_slope"],
      ["--repair-slopes", "make PReLU slopes fit that disagree about channel_shared"],
      ["--phase test|train, --level N, --stage NAME", "which include and exclude rules apply"],
      ["--no-verify", "write without the proof"],
    ],
  },
  forward: {
    synopsis: "prelab forward NET WEIGHTS --input BLOB=FILE.npy… --out DIR",
    summary: "One forward pass; every output blob becomes DIR/<blob>.npy.",
    options: [
      ["--all", "every layer's tops as <index>_<layer>_<top>.npy"],
      ["--engine reference|gpu|onnx|auto", "what computes (reference unless told; auto: the fastest here)"],
      ["--backend webgpu|webasm|cpu", "gpu.js backend; another one running is an error"],
      ["--phase test|train, --level N, --stage NAME", "which include and exclude rules apply"],
    ],
  },
  backward: {
    synopsis: "prelab backward NET WEIGHTS --input BLOB=FILE.npy… --out DIR",
    summary:
      "One pass forward and back; gradients become DIR/<layer>_<blob index>.npy and DIR/<input>.diff.npy.",
    options: [
      ["--seed N", "what Dropout draws its masks from (1 unless told)"],
      [
        "--phase train|test, --level N, --stage NAME",
        "which rules apply, and how layers run (train unless told)",
      ],
    ],
  },
  train: {
    synopsis: "prelab train SOLVER --data FILE.npy --labels FILE.npy --out DIR",
    summary:
      "Trains as Caffe's solver prototxt says; writes DIR/history.json, final.caffemodel and final.solverstate.",
    options: [
      ["--data FILE.npy, --labels FILE.npy", "fed batch by batch in stored order, round and round"],
      ["--data FOLDER", "PNG images, one folder for each class; --test-data takes one too"],
      [
        "--test-data FILE.npy, --test-labels FILE.npy",
        "tested every test_interval iterations and at the end",
      ],
      ["--weights INIT.caffemodel", "what to begin with (fine-tuning); layers that it lacks are filled"],
      ["--snapshot FILE.solverstate", "go on from a snapshot, to the same weights to the last bit"],
      ["--museum quarter-copy|overwritten", "with a historical bug of PReLU in place: wrong on purpose"],
    ],
  },
  data: {
    synopsis: "prelab data mnist [--out DIR] [--first N]",
    summary: "Fetches data sets, when they are asked for, and writes them as .npy arrays.",
    options: [
      ["--out DIR", "where the arrays go (mnist unless told)"],
      ["--first N", "training items, at most"],
    ],
  },
  export: {
    synopsis: "prelab export NET WEIGHTS OUT.onnx",
    summary:
      "Writes the net as an ONNX file; exit status 1, and no file, where ONNX has no nodes for a layer.",
    options: [
      ["--shape BLOB=1x3x224x224…", "the size that the file is for, if not the prototxt's"],
      ["--phase test|train, --level N, --stage NAME", "which include and exclude rules apply"],
    ],
  },
  compare: {
    synopsis: "prelab compare NET_A WEIGHTS_A NET_B WEIGHTS_B",
    summary: "Do two nets compute the same? Exit status 0 if equivalent, 1 if not.",
    options: [
      ["--input BLOB=FILE.npy…", "also compare on this input"],
      ["--engine reference|gpu|onnx|auto, --backend NAME", "what computes"],
    ],
  },
  diagnose: {
    synopsis: "prelab diagnose NET WEIGHTS MERGED_NET MERGED_WEIGHTS",
    summary: "What went wrong in somebody's merged files? Exit status 0 if nothing, 1 if something.",
    options: [
      ["--input BLOB=FILE.npy…", "also compare on this input"],
      ["--engine reference|gpu|onnx|auto, --backend NAME", "what computes"],
    ],
  },
  run: {
    synopsis: "prelab run NOTEBOOK [-o OUT] [-p NAME VALUE]…",
    summary: "Runs a notebook headless and writes its outputs; exit status 1 at the first error.",
    options: [["--server URL --token T", "on a running Jupyter server"]],
  },
  lab: {
    synopsis: "prelab lab [DIR] [--no-browser] [--port N]",
    summary: "Opens JupyterLab with the kernel.",
  },
  lite: {
    synopsis: "prelab lite OUT [DIR]",
    summary: "Builds a JupyterLite site of DIR's notebooks: static files, cells run in the reader's browser.",
  },
  "new-widget": {
    synopsis: "prelab new-widget NAME",
    summary: "A folder with a widget of your own to begin with: front end, style, notebook; no build.",
  },
  install: {
    synopsis:
      "prelab install [--user | --sys-prefix | --prefix DIR] [--name NAME] [--display-name TEXT] [--force]",
    summary: "Registers the kernel with Jupyter; no Python is needed.",
    options: [
      ["--user", "for this user (unless told)"],
      ["--sys-prefix", "in the Python environment that is active"],
      ["--prefix DIR", "below a folder, as DIR/share/jupyter/kernels"],
      ["--name NAME, --display-name TEXT", "several kernels side by side"],
      ["--javascript", "a second kernel, prelab-js, whose cells are JavaScript"],
      ["--force", "also over another program's kernel of that name"],
      [
        "--gateway [--bind ADDRESS]",
        "for Enterprise Gateway: the kernel is started by prelab kernel-launcher",
      ],
      ["--papermill", "instead: papermill -p writes parameters in TypeScript"],
      ["--python PATH", "the Python of --sys-prefix and --papermill, if not the one on the PATH"],
    ],
  },
  uninstall: {
    synopsis: "prelab uninstall [--user | --sys-prefix | --prefix DIR] [--name NAME] [--papermill]",
    summary: "Removes the kernel from Jupyter.",
  },
  doctor: {
    synopsis: "prelab doctor",
    summary: "What prelab finds on this machine; exit status 1 if the kernel cannot work.",
  },
  kernel: {
    synopsis: "prelab kernel CONNECTION_FILE",
    summary: "Runs the kernel; Jupyter calls this.",
    options: [["PRELAB_LOCAL=0", "in the environment: not the prelab of the notebook's own node_modules"]],
  },
  "kernel-launcher": {
    synopsis: "prelab kernel-launcher --kernel-id ID --response-address IP:PORT --public-key KEY",
    summary: "Runs the kernel for Enterprise Gateway, which calls this.",
    options: [
      ["--port-range LOW..HIGH", "where its ports may be"],
      ["--bind ADDRESS", "listen there, for a gateway on another machine; the loopback unless told"],
    ],
  },
}

/** Commands whose names are taken and whose work is still to come. */
export const planned: Readonly<Record<string, string>> = {
  import: "ONNX import",
}

export function helpText(): string {
  const width = Math.max(...Object.keys(usages).map((name) => name.length)) + 2
  const commands = Object.entries(usages).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`)
  return `prelab: take trained Caffe nets apart, and prove that a rewrite changed nothing

${commands.join("\n")}

prelab COMMAND --help says more. --json prints one JSON document, --debug stack traces. ${net}
`
}

export function usageText(command: string): string {
  const { synopsis, summary, options = [] } = usages[command]!
  const width = Math.max(0, ...options.map(([flag]) => flag.length)) + 2
  const lines = options.map(([flag, meaning]) => `  ${flag.padEnd(width)}${meaning}\n`)
  return `${synopsis}\n${summary}\n${lines.join("")}`
}
