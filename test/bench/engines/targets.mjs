// What the engines have to reach: a contestant's time, at most so many times another's of the same round.

/**
 * `why` says what bounds it.
 * @typedef {{ net: string, of: string, against: string, atMost: number, why?: string }} Target
 */

/** @type {readonly Target[]} */
export const targets = [
  ...["det1", "det2", "open_nsfw", "digits"].map((net) => ({
    net,
    of: "auto",
    against: "onnxruntime-node",
    atMost: 1.15,
  })),
  {
    net: "det1",
    of: "gpu-webasm",
    against: "plain-webasm",
    atMost: 1 / 1.8,
    why: "webasm gathers lane by lane and has one value a thread and no shared memory",
  },
  {
    net: "det1",
    of: "gpu-cpu",
    against: "plain-cpu",
    atMost: 1 / 2,
    why: "cpu is one thread of scalar JavaScript",
  },
]

/**
 * In the page, where the graphics card is a real one.
 * @type {readonly Target[]}
 */
export const browserTargets = ["onnxruntime-webgpu", "tfjs-webgpu"].flatMap((against) => [
  { net: "det1", of: "gpu-webgpu", against, atMost: 1 },
  { net: "digits", of: "gpu-webgpu", against, atMost: 1 },
  { net: "open_nsfw", of: "gpu-webgpu", against, atMost: 2 },
])
