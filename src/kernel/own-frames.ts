/** Frames of the kernel itself, and of what Node does for it. */
export const ownFrames = new RegExp(
  `^\\s+at .*(${new URL(".", import.meta.url).href}|prelab:|node:(vm|internal)|Generator\\.\\w+ \\(<anonymous>)`,
)
