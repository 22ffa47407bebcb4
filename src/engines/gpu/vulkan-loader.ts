import { existsSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"

const LIBRARY = "libvulkan.so.1"

/** glibc's and musl's RTLD_NODELETE, which Node has no name for: the library stays when Node closes its handle. */
const RTLD_NODELETE = 0x1000

/**
 * Makes the Vulkan loader findable on Linux. The `webgpu` package opens `libvulkan.so.1` by name; a system without the
 * library may have it beside the driver that the environment names (Debian's chromium ships both), and a library that
 * is already loaded is found by its name.
 */
export function loadVulkan(env: NodeJS.ProcessEnv = process.env): void {
  if (process.platform !== "linux" || load(LIBRARY)) return
  const drivers = (env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES ?? "")
    .split(delimiter)
    .filter((path) => path !== "")
  drivers.map((driver) => join(dirname(driver), LIBRARY)).some((path) => existsSync(path) && load(path))
}

/** Whether the library is loaded now. Node expects an addon and says so, after it has loaded the library. */
function load(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_LAZY | RTLD_NODELETE)
    return true
  } catch (error) {
    return error instanceof Error && error.message.includes("did not self-register")
  }
}

/**
 * Could there be graphics hardware? Linux shows it as a device; elsewhere only the driver can tell. Asking the driver
 * where there is none makes it print warnings.
 */
export function mayHaveGraphicsHardware(): boolean {
  return (
    process.platform !== "linux" ||
    ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"].some((path) => existsSync(path))
  )
}
