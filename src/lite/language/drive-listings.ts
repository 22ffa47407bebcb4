import type { DriveEntry } from "../drive-messages.js"

/** What the reader's folders had in them when they were looked at: for the reader who types the path of a file. */
export const driveListings = new Map<string, readonly DriveEntry[]>()
