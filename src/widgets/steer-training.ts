import type { Source } from "../formats/source.js"
import { prepareTraining, type SolverFields, type TrainOptions } from "../training/index.js"
import { type MakeRun, TrainingCockpit } from "./cockpit.js"

/**
 * A training with buttons: start, pause, one step, a new run to compare with; learning rate and slopes can be changed
 * while it runs, which the curves mark. The kernel goes on answering meanwhile, and its Stop is a pause.
 *
 * ```ts
 * const cockpit = await trainingCockpit({ net, base_lr: 0.01, lr_policy: "fixed", max_iter: 500 }, { data, labels })
 * cockpit                       // the buttons; in a cell also: await cockpit.start()
 * cockpit.net                   // trained so far
 * lossCurves(cockpit.runs)
 * ```
 *
 * @param solver Caffe's solver prototxt, or its fields as an object
 * @throws PrelabError with its place for what is wrong with solver, net, weights or arrays
 */
export function trainingCockpit(
  solver: Source | SolverFields,
  options: TrainOptions,
): Promise<TrainingCockpit> {
  const make: MakeRun = (name, iteration) =>
    prepareTraining(solver, {
      ...options,
      name,
      onIteration(run) {
        options.onIteration?.(run)
        iteration(run)
      },
    })
  return TrainingCockpit.open(make, { isTested: options.testData !== undefined })
}
