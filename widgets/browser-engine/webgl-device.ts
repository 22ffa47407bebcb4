import type { Device } from "../../src/engines/gpu/execution.js"

/** A canvas that nobody sees and its WebGL2 context, as gpu.js takes them. */
export interface Gl {
  readonly canvas: OffscreenCanvas
  readonly context: WebGL2RenderingContext
}

/** @returns why there is none, where there is none */
export function openContext(): Gl | string {
  if (typeof OffscreenCanvas === "undefined") return "this browser has no canvas in workers"
  const canvas = new OffscreenCanvas(1, 1)
  const context = canvas.getContext("webgl2", { alpha: false, depth: false, antialias: false })
  if (!context) return "no context"
  if (!context.getExtension("EXT_color_buffer_float")) return "results cannot be float32"
  return { canvas, context }
}

/** The graphics hardware in the browser's words. */
export function adapterOf(context: WebGL2RenderingContext): string {
  const names = context.getExtension("WEBGL_debug_renderer_info")
  return String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER))
}

/** WebGL neither throws nor rejects: it counts errors, and after a loss computes nothing. */
export class WebGlDevice implements Device {
  readonly description: string
  readonly #context: WebGL2RenderingContext
  readonly #canvas: OffscreenCanvas

  constructor({ canvas, context }: Gl) {
    this.#canvas = canvas
    this.#context = context
    this.description = adapterOf(context)
  }

  get lost(): string | undefined {
    return this.#context.isContextLost() ? "the browser took the context away" : undefined
  }

  onLost(listener: (reason: string) => void): () => void {
    const lost = () => listener("the browser took the context away")
    this.#canvas.addEventListener("webglcontextlost", lost)
    return () => this.#canvas.removeEventListener("webglcontextlost", lost)
  }

  takeErrors(): string[] {
    const errors: string[] = []
    for (let code = this.#context.getError(); code !== 0; code = this.#context.getError())
      errors.push(names.get(code) ?? `WebGL error ${code}`)
    return errors
  }
}

const names: ReadonlyMap<number, string> = new Map([
  [0x0500, "INVALID_ENUM"],
  [0x0501, "INVALID_VALUE"],
  [0x0502, "INVALID_OPERATION"],
  [0x0505, "OUT_OF_MEMORY"],
  [0x0506, "INVALID_FRAMEBUFFER_OPERATION"],
  [0x9242, "CONTEXT_LOST_WEBGL"],
])
