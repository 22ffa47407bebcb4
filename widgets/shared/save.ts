/**
 * Sends what was set on a model: one message a frame, however fast the pointer moves. `end` sends what is left, for a
 * view that goes.
 */
export function savePerFrame(model: { save_changes(): void }) {
  let frame = 0
  return {
    save(): void {
      if (frame) return
      frame = requestAnimationFrame(() => {
        frame = 0
        model.save_changes()
      })
    },
    end(): void {
      if (!frame) return
      cancelAnimationFrame(frame)
      model.save_changes()
    },
  }
}
