/**
 * Sends what was set on a model: one message a frame, however fast the pointer moves. `end` sends what is left, for a
 * view that goes.
 *
 * @param saved called after each message
 */
export function savePerFrame(model: { save_changes(): void }, saved = () => {}) {
  let frame = 0
  return {
    save(): void {
      frame ||= requestAnimationFrame(() => {
        frame = 0
        model.save_changes()
        saved()
      })
    },
    end(): void {
      if (!frame) return
      cancelAnimationFrame(frame)
      model.save_changes()
    },
  }
}
