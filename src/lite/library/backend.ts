import { adapterOf, openContext } from "../../../widgets/browser-engine/webgl-device.js"
import type { Ready } from "../../engines/gpu/backend.js"
import { acquire } from "../../engines/gpu/shared-device.js"
import { webGpuHardware } from "../../engines/gpu/webgpu-hardware.js"
import type { Backend } from "../../engines/index.js"
import { PrelabError } from "../../error.js"

export type { Ready } from "../../engines/gpu/backend.js"

/**
 * The backend asked for, or the best one that is there: `webgpu` or `webgl2` on graphics hardware, else `webasm`.
 *
 * @throws PrelabError when the backend asked for cannot run in this browser
 */
export async function prepareBackend(asked: Backend | undefined): Promise<Ready> {
  if (asked === undefined) return (await hardware()) ?? { backend: "webasm" }
  if (asked === "webgpu") return { backend: asked, device: await acquire() }
  if (asked === "webasm" || asked === "cpu") return { backend: asked }
  if (asked === "webgl2") {
    rendererOf()
    return { backend: asked }
  }
  if (asked === "headlessgl")
    throw new PrelabError("backend not available here", asked, { hint: "a browser has webgl2 in its place" })
  throw new PrelabError("unknown backend", String(asked), { hint: "use webgpu, webgl2, webasm or cpu" })
}

async function hardware(): Promise<Ready | undefined> {
  return (await webGpuHardware()) ?? webGlHardware()
}

function webGlHardware(): Ready | undefined {
  try {
    return /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(rendererOf())
      ? undefined
      : { backend: "webgl2" }
  } catch (error) {
    if (error instanceof PrelabError) return undefined
    throw error
  }
}

/** What draws, in the browser's words. Each plan opens a context of its own. */
function rendererOf(): string {
  const gl = openContext()
  if (typeof gl === "string")
    throw new PrelabError("backend not available here", `webgl2, ${gl}`, { hint: "use backend webasm" })
  const renderer = adapterOf(gl.context)
  gl.context.getExtension("WEBGL_lose_context")?.loseContext()
  return renderer
}
