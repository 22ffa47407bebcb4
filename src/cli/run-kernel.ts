import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { startKernel } from "../kernel/start-kernel.js"
import { version } from "../version.js"

const packageRoot = dirname(fileURLToPath(new URL("..", import.meta.url)))

/**
 * Runs the kernel of this installation with its library around it. Another installation calls this by its file name
 * when a notebook's project has this one for itself (kernel/local-install.ts): name and argument stay what they are.
 */
export async function runKernel(connectionFile: string): Promise<void> {
  // The library is not awaited: the kernel answers its front end while it loads.
  const helpers = { module: "prelab", namespace: loadLibrary(), packageRoot }
  await startKernel({ connectionFile, helpers, version })
}

/** The library, which has learned how progress is shown here and when work has to stop. */
async function loadLibrary(): Promise<object> {
  const [library, { setProgressOutput }, { display, updateDisplay, throwIfStopped }, { setStopCheck }] =
    await Promise.all([
      import("../index.js"),
      import("../figures/index.js"),
      import("../kernel/index.js"),
      import("../stop.js"),
    ])
  setStopCheck(throwIfStopped)
  setProgressOutput(() => ({ display, updateDisplay }))
  return library
}
