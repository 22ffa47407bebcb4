// What the kernel's workers ask the page about the reader's files, which lie in JupyterLite's own storage. Paths are
// those of JupyterLite's file browser, without a slash in front.

export type DriveQuestion =
  /** The whole file. */
  | { op: "read"; path: string }
  | { op: "write"; path: string; bytes: Uint8Array }
  | { op: "stat"; path: string }
  | { op: "list"; path: string }
  | { op: "makeFolder"; path: string }
  | { op: "rename"; path: string; to: string }
  | { op: "remove"; path: string }

export interface DriveEntry {
  name: string
  isFolder: boolean
  bytes: number
  /** Milliseconds since 1970. */
  changed: number
}

export interface DriveAnswers {
  read: Uint8Array
  write: undefined
  /** Undefined where nothing is. */
  stat: DriveEntry | undefined
  list: DriveEntry[]
  makeFolder: undefined
  rename: undefined
  remove: undefined
}

export interface ToDrive {
  id: number
  question: DriveQuestion
}

export type FromDrive =
  | { id: number; value: unknown }
  /** `code` is Node's: ENOENT, EISDIR, ... */
  | { id: number; error: string; code: string }
