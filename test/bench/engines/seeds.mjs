// What folding BatchNorm and Scale bought the people who reported it (pva-faster-rcnn, issue 5): milliseconds before and
// after, each on their own machine.

/** @type {readonly { title: string, before: number, after: number }[]} */
export const reported = [
  { title: "Tesla K40", before: 110, after: 91 },
  { title: "GeForce GTX 1080", before: 35, after: 15 },
  { title: "GeForce GTX 1080, another net", before: 63, after: 53 },
]
