// What has arrived, and when. A long message is checked and parsed only when somebody asks for its content: that
// takes longer than a kernel takes to send ten megabytes, and what arrives meanwhile, such as the cell's idle, would
// get the time of the client's work instead of its own. A kernel that sends its idle first would not have paid for it.

/** @typedef {import("../../src/kernel/wire.js").Header} Header */
/** @typedef {{ header: Header, parentHeader: Partial<Header>, content: Record<string, unknown> }} Message */
/** @typedef {{ message: Message, at: number }} Arrival */

/** From so many bytes on a message is long. */
const longMessage = 100_000

/**
 * @param {Uint8Array[]} frames
 * @param {(frames: Uint8Array[]) => Message} decode throws where a message is garbled
 * @param {(error: unknown) => void} report told where a long one turns out to be
 * @returns {Message}
 */
export function messageOf(frames, decode, report) {
  const bytes = frames.reduce((sum, frame) => sum + frame.byteLength, 0)
  if (bytes < longMessage) return decode(frames)
  const at = frames.findIndex((frame) => Buffer.from(frame).toString() === "<IDS|MSG>")
  if (at < 0) throw new Error("message without delimiter")
  const [header, parentHeader] = frames.slice(at + 2, at + 4).map((frame) => JSON.parse(String(frame)))
  /** @type {Message["content"] | undefined} */
  let content
  const read = () => {
    try {
      return decode(frames).content
    } catch (error) {
      report(error)
      return {}
    }
  }
  return {
    header,
    parentHeader,
    get content() {
      content ??= read()
      return content
    },
  }
}
