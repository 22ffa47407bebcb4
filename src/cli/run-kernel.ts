import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { display, updateDisplay } from "../kernel/display.js"
import { startKernel, throwIfStopped } from "../kernel/index.js"
import { setStopCheck } from "../stop.js"
import { version } from "../version.js"

const packageRoot = dirname(fileURLToPath(new URL("..", import.meta.url)))

/**
 * Runs the kernel of this installation with its library around it. Another installation calls this by its file name
 * when a notebook's project has this one for itself (kernel/local-install.ts): name and argument stay what they are.
 */
export async function runKernel(connectionFile: string): Promise<void> {
  setStopCheck(throwIfStopped)
  // Not awaited: the kernel answers its front end while the library loads.
  const namespace = import("../index.js")
  const figures = import("../figures/index.js").then((room) =>
    room.setProgressOutput(() => ({ display, updateDisplay })),
  )
  const started = startKernel({
    connectionFile,
    helpers: { module: "prelab", namespace, packageRoot },
    version,
  })
  await Promise.all([started, figures])
}
