import * as wasm from "./assembler.js"
import { blocksFunction, gatherFunction } from "./blocks.js"

type Parameters = Readonly<Record<string, wasm.Local>>

export interface ItemsFunction<Name extends string> {
  readonly made: wasm.WasmFunction
  readonly names: readonly Name[]
}

/** A function that works off items `item` to `end`, in a scratch of its thread, with further parameters by name. */
export function itemsFunction<Name extends string>(
  name: string,
  names: readonly Name[],
  write: (
    made: wasm.WasmFunction,
    parameters: Readonly<Record<Name | "item" | "end" | "scratch", wasm.Local>>,
  ) => wasm.Code[],
): ItemsFunction<Name> {
  const made = new wasm.WasmFunction(name, names.length + 3)
  const parameters: Parameters = Object.fromEntries(
    ["item", "end", "scratch", ...names].map((parameter, i) => [parameter, made.parameters[i]!]),
  )
  made.body = write(made, parameters as Readonly<Record<Name | "item" | "end" | "scratch", wasm.Local>>)
  return { made, names }
}

/** What the kernels call, and its places in the module. */
export const called = [
  gatherFunction("gather"),
  blocksFunction("goOn", "go on"),
  blocksFunction("add", "add"),
  blocksFunction("store", "store"),
]
export const [GATHER, GO_ON, ADD, STORE] = [0, 1, 2, 3] as const

/** That many are declared at a time. */
export type Five = [wasm.Local, wasm.Local, wasm.Local, wasm.Local, wasm.Local]
