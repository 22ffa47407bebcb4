import { PrelabError } from "../../error.js"

export async function nativeWebGpu(): Promise<never> {
  const why = isSecureContext
    ? "this browser has none in workers"
    : "browsers have it on https and localhost alone"
  throw new PrelabError("backend not available here", `webgpu, ${why}`, {
    hint: "use backend webgl2 or webasm",
  })
}
