export { Comm, Comms, openComm, registerCommTarget } from "./comm.js"
export { throwIfStopped } from "./context.js"
export { describeInstallation, type InstallationReport } from "./describe-installation.js"
export {
  type Installed,
  type InstallOptions,
  type InstallScope,
  installKernel,
  type PlaceOptions,
  uninstallKernel,
} from "./install.js"
export { type Displayable, displaySymbol } from "./mime-bundle.js"
export * from "./scope.js"
export { type HelperModule, type KernelOptions, startKernel } from "./start-kernel.js"
export { chooseTransport } from "./transport/choose-transport.js"
