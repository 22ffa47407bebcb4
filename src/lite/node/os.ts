// What a page knows of the machine below it: next to nothing.

export const EOL = "\n"
export const constants = { signals: {}, dlopen: {} }

/** In the tree of the thread: what is written there goes with it. */
export const homedir = () => "/home"
export const tmpdir = () => "/tmp"

/** A worker of a page computes alone. */
export const availableParallelism = () => 1
export const cpus = (): object[] => [{ model: "unknown", speed: 0 }]
export const loadavg = () => [0, 0, 0]
export const platform = () => "browser"
export const type = () => "Browser"
export const arch = () => "wasm32"
export const release = () => ""
export const hostname = () => "browser"

export default {
  ...{ EOL, constants, homedir, tmpdir, availableParallelism, cpus, loadavg },
  ...{ platform, type, arch, release, hostname },
}
