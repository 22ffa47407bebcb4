import { basename, dirname, resolve } from "node:path"
import { nameBlobs } from "../caffe/name-blobs.js"
import { writeCaffeModel } from "../caffe/write-model.js"
import { PrelabError } from "../error.js"
import { isThere } from "../formats/is-there.js"
import { readSource } from "../formats/source.js"
import { finishWriting, writeTogether } from "../formats/write-together.js"
import type { Net } from "../net/index.js"
import { decodeSolverState, encodeSolverState, type SolverState } from "./solver/solver-state.js"

/** The two files of a snapshot. */
export interface SnapshotFiles {
  readonly caffemodel: string
  readonly solverstate: string
}

/**
 * Writes `<path>.caffemodel` and `<path>.solverstate` so that a kill at any moment leaves both or neither. The state names its weights by
 * file name alone: the folder may move.
 */
export async function writeSnapshot(
  path: string,
  net: Net,
  state: Omit<SolverState, "learnedNet">,
): Promise<SnapshotFiles> {
  const learnedNet = `${basename(path)}.caffemodel`
  // Written anew, as training knows it: nothing of the file that its weights once came from.
  const { model: _model, ...files } = net.files
  const own = net.with(net.layers, { files })
  await writeTogether(path, {
    ".caffemodel": writeCaffeModel(own, nameBlobs(own)),
    ".solverstate": encodeSolverState({ ...state, learnedNet }),
  })
  return { caffemodel: `${path}.caffemodel`, solverstate: `${path}.solverstate` }
}

/**
 * Reads a `.solverstate`, and finds the weights that it names: where it says, else beside it.
 * @throws PrelabError when either is missing or damaged
 */
export async function readSnapshot(path: string): Promise<{ state: SolverState; caffemodel: string }> {
  finishWriting(path.replace(/\.solverstate$/, ""))
  const bytes = await readSource(path)
  try {
    const state = decodeSolverState(bytes)
    const beside = resolve(dirname(path), basename(state.learnedNet))
    for (const caffemodel of [beside, state.learnedNet])
      if (caffemodel !== "" && (await isThere(caffemodel))) return { state, caffemodel }
    throw new PrelabError("weights of the snapshot missing", state.learnedNet)
  } catch (error) {
    throw error instanceof PrelabError ? error.at({ file: path }) : error
  }
}
