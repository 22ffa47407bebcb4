// Everything between a fresh clone and a working notebook. Takes seconds when there is nothing to do.
import { ensureBuild } from "./build.mjs"
import { ensureEnvironment } from "./environment.mjs"
import { ensureKernelspec } from "./kernelspec.mjs"
import { ensurePackages } from "./packages.mjs"

export async function setUp() {
  await ensurePackages()
  await ensureBuild()
  await ensureEnvironment()
  await ensureKernelspec()
}
