// What the parts of this bench say to each other.

/** A net with its files, at one input size: what every contestant is given. */
/**
 * @typedef {object} Case
 * @property {string} id unique within the run, and the name of its folder
 * @property {string} net
 * @property {"as it is" | "folded"} form
 * @property {string} folder holds net.prototxt, net.caffemodel, net.onnx, net.tfjs.json and net.tfjs.bin
 * @property {{ blob: string, shape: number[], file: string }[]} inputs raw float32
 * @property {{ blob: string, layer: string, shape: number[] }[]} outputs
 */

/** What really ran. @typedef {{ backend: string, detail?: string }} Ran */

/**
 * A net that is ready to run with its inputs.
 * @typedef {object} Opened
 * @property {Ran} ran read after the first run
 * @property {() => Promise<unknown> | unknown} run one forward pass: inputs from memory, outputs into memory
 * @property {() => number} [passMs] of the last pass, where another clock is nearer to it
 * @property {() => Promise<Record<string, Float32Array>>} outputs of a pass, channels first, by blob
 * @property {() => Promise<void> | void} close
 */

/**
 * Opens cases for one contestant, inside its own process or page.
 * @typedef {object} Opener
 * @property {(given: Case, read: Read) => Promise<() => Promise<Opened>>} prepare reads the files; what it returns compiles
 */

/** A file of the case's folder. @typedef {(name: string) => Promise<Uint8Array>} Read */

/** Seen from outside. @typedef {{ loadMs: number, compileMs: number, ran: Ran, outputs: Record<string, Float32Array> }} Answer */

/**
 * A contestant at work.
 * @typedef {object} Runner
 * @property {(given: Case) => Promise<Answer>} open
 * @property {(id: string, leastMs: number) => Promise<number[]>} time milliseconds of each pass, at least one
 * @property {(id: string) => Promise<void>} close
 * @property {() => number} memoryMb resident, of the process; NaN where nobody can tell
 * @property {() => Promise<void>} end
 */

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} title
 * @property {boolean} isOurs
 * @property {boolean} [wantsSmall] takes part on small nets only: it would take minutes
 * @property {boolean} [wantsCard] takes part on small nets only where there is no graphics card
 * @property {boolean} [hasCard] whether there is one, where it does not say itself what it runs on
 * @property {() => Promise<Runner>} start
 */

export {}
