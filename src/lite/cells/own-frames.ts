/** Frames of the kernel itself: those of its one script, and of what it runs texts with. */
export const ownFrames = new RegExp(`^\\s+at .*(${escaped(self.location.href)}|<anonymous>)`)

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
}
