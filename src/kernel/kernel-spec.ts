import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { CellLanguageName } from "./language/cell-language.js"
import { stableNode, stableScript } from "./stable-paths.js"

/** A kernel.json, as far as this kernel writes one. */
export interface KernelSpec {
  argv: string[]
  display_name: string
  language: string
  interrupt_mode: "signal" | "message"
  kernel_protocol_version: string
  env: Record<string, string>
  metadata: Record<string, unknown>
}

export interface SpecOptions {
  displayName?: string | undefined
  /** The script that has the `kernel` command. */
  cli?: string | undefined
  version?: string | undefined
  /** The language of the cells. */
  language?: CellLanguageName | undefined
  /** Whether connections can be encrypted with CurveZMQ. */
  curve?: boolean | undefined
  /** A spec for Jupyter Enterprise Gateway, whose kernels run on other machines. */
  gateway?: GatewayOptions | undefined
}

export interface GatewayOptions {
  /** The address on which kernels listen there; the loopback unless told. */
  bind?: string | undefined
}

/**
 * The spec of this very installation. Absolute paths, because servers have another PATH than shells;
 * "{connection_file}" stays an argument of its own, as VS Code cannot quote a path inside another one.
 */
export function kernelSpec(options: SpecOptions = {}): KernelSpec {
  const { displayName = "TypeScript (prelab)", version = "0.0.0", curve = false, gateway } = options
  const { language = "typescript" } = options
  const start = gateway ? ["kernel-launcher", ...launcherArguments(gateway)] : ["kernel", "{connection_file}"]
  return {
    argv: [stableNode(), options.cli ?? stableScript(), ...start],
    display_name: displayName,
    language,
    interrupt_mode: "message",
    kernel_protocol_version: "5.5",
    env: language === "typescript" ? {} : { PRELAB_LANGUAGE: language },
    metadata: {
      // JupyterLab offers its debugger only to kernels that say so here.
      debugger: true,
      ...(curve ? { supported_encryption: ["curve"] } : {}),
      ...(gateway ? { process_proxy: { class_name: distributed } } : {}),
      prelab: { version },
    },
  }
}

/** The gateway's proxy for the machines of EG_REMOTE_HOSTS; its others are named the same way. */
const distributed = "enterprise_gateway.services.processproxies.distributed.DistributedProcessProxy"

/** The gateway fills in what stands in braces. */
function launcherArguments({ bind }: GatewayOptions): string[] {
  const filled = ["kernel-id", "response-address", "public-key", "port-range"].flatMap((name) => [
    `--RemoteProcessProxy.${name}`,
    `{${name.replace("-", "_")}}`,
  ])
  return bind === undefined ? filled : [...filled, "--bind", bind]
}

/** Whether a spec was written by this program, in any version. */
export function isOurs(spec: Partial<KernelSpec> | undefined): boolean {
  return spec?.metadata?.prelab !== undefined
}

/** The kernel.json in a folder; undefined where there is none that can be read. */
export function readSpec(folder: string): Partial<KernelSpec> | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"))
  } catch {
    return undefined
  }
}
