const messages = {
  ENOENT: "no such file or directory",
  EISDIR: "illegal operation on a directory",
  ENOTDIR: "not a directory",
  EEXIST: "file already exists",
  ENOTEMPTY: "directory not empty",
  ENOSYS: "a page has no such thing",
}

/** An error as Node's file functions throw it. */
export function errno(code: keyof typeof messages, call: string, path: string): Error {
  const message = `${code}: ${messages[code]}, ${call} '${path}'`
  return Object.assign(new Error(message), { code, syscall: call, path })
}
