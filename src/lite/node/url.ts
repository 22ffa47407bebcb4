/** `file:` URLs and paths as on Unix, which the kernel's tree of files is. */
export function fileURLToPath(url: string | URL): string {
  const { protocol, pathname } = new URL(url)
  if (protocol !== "file:") throw new TypeError(`not a file URL: ${url}`)
  return decodeURIComponent(pathname)
}

export function pathToFileURL(path: string): URL {
  return new URL(`file://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`)
}

export const { URL, URLSearchParams } = globalThis
export default { fileURLToPath, pathToFileURL, URL, URLSearchParams }
