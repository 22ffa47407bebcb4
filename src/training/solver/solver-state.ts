import { messageType } from "../../caffe/schema.js"
import { PrelabError } from "../../error.js"
import type { Shape } from "../../net/index.js"

/** What a solver needs, beside the weights, to go on where it was: SolverState of caffe.proto. */
export interface SolverState {
  readonly iteration: number
  /** Where its weights are, as the file says. */
  readonly learnedNet: string
  readonly currentStep: number
  readonly history: readonly { readonly shape: Shape; readonly data: Float32Array }[]
}

/** A `.solverstate` as Caffe writes it with `snapshot_format: BINARYPROTO`. */
export function encodeSolverState({ iteration, learnedNet, currentStep, history }: SolverState): Uint8Array {
  const blobs = history.map(({ shape, data }) => ({ shape: { dim: [...shape] }, data }))
  return messageType("SolverState")
    .encode({ iter: iteration, learned_net: learnedNet, history: blobs, current_step: currentStep })
    .finish()
}

/** @throws PrelabError when the bytes are no solver state */
export function decodeSolverState(bytes: Uint8Array): SolverState {
  const type = messageType("SolverState")
  let message: {
    iter?: number
    learned_net?: string
    current_step?: number
    history?: readonly { shape?: { dim?: readonly unknown[] }; data?: readonly number[] }[]
  }
  try {
    message = type.decode(bytes) as object
  } catch (cause) {
    throw new PrelabError("not a solver state", `${bytes.length} bytes`, { cause })
  }
  if (!Object.hasOwn(message, "iter") || !Object.hasOwn(message, "learned_net"))
    throw new PrelabError("not a solver state", `${bytes.length} bytes without iteration and weights`)
  return {
    iteration: message.iter!,
    learnedNet: message.learned_net!,
    currentStep: message.current_step ?? 0,
    history: (message.history ?? []).map(({ shape, data }) => ({
      shape: (shape?.dim ?? []).map(Number),
      data: Float32Array.from(data ?? []),
    })),
  }
}
