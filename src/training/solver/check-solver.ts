import { PrelabError } from "../../error.js"
import { nearest } from "../../net/index.js"
import { learningRatePolicies, type SolverSettings, solverTypes } from "./solver-settings.js"
import { updateRules } from "./update-rules.js"

/** What is wrong with one field's value; nothing if it can be used. */
type Check = (value: unknown, field: string) => PrelabError | undefined

const wrong = (what: string, value: unknown, hint?: string) =>
  new PrelabError(what, String(value), hint ? { hint } : {})

const numeric =
  (isGood: (value: number) => boolean, what: string): Check =>
  (value, field) =>
    typeof value === "number" && isGood(value) ? undefined : wrong(`${field} ${what}`, value)

const finite = numeric(Number.isFinite, "is no number")
const notNegative = numeric((x) => x >= 0 && x < Number.POSITIVE_INFINITY, "is negative or no number")
const wholeFrom = (least: number) =>
  numeric((x) => Number.isSafeInteger(x) && x >= least, `must be whole and at least ${least}`)

const flag: Check = (value, field) =>
  typeof value === "boolean" ? undefined : wrong(`${field} must be true or false`, value)

const word: Check = (value, field) =>
  typeof value === "string" ? undefined : wrong(`${field} is no text`, value)

const choice =
  (choices: readonly string[]): Check =>
  (value, field) =>
    choices.includes(String(value))
      ? undefined
      : wrong(
          `unknown ${field}`,
          value,
          `did you mean ${nearest(String(value), choices) ?? choices.join(", ")}?`,
        )

/** A field that is there for Caffe and asks for what is not done here. */
const only =
  (allowed: unknown, why: string): Check =>
  (value, field) =>
    value === allowed ? undefined : wrong(`${field} not supported`, value, why)

const each =
  (check: Check): Check =>
  (value, field) =>
    [value]
      .flat()
      .map((one) => check(one, field))
      .find((problem) => problem !== undefined)

const anything: Check = () => undefined

const checks: Readonly<Record<string, Check>> = {
  net: anything,
  net_param: anything,
  train_net: word,
  train_net_param: anything,
  test_net: anything,
  test_net_param: anything,
  train_state: anything,
  test_state: anything,
  weights: anything,
  type: choice(solverTypes),
  solver_type: choice(solverTypes.map((type) => type.toUpperCase())),
  base_lr: notNegative,
  lr_policy: choice(learningRatePolicies),
  // Caffe insists on it for the policies that read it.
  gamma: notNegative,
  power: finite,
  stepsize: wholeFrom(0),
  stepvalue: each(wholeFrom(0)),
  max_iter: wholeFrom(1),
  iter_size: wholeFrom(1),
  momentum: notNegative,
  momentum2: notNegative,
  rms_decay: notNegative,
  delta: notNegative,
  weight_decay: finite,
  regularization_type: choice(["L1", "L2"]),
  clip_gradients: finite,
  test_iter: each(wholeFrom(1)),
  test_interval: wholeFrom(0),
  test_initialization: flag,
  // Tests report their losses in any case.
  test_compute_loss: flag,
  average_loss: wholeFrom(1),
  display: wholeFrom(0),
  snapshot: wholeFrom(0),
  snapshot_prefix: word,
  snapshot_after_train: flag,
  snapshot_diff: only(false, "gradients are not kept in snapshots"),
  snapshot_format: only("BINARYPROTO", "HDF5 needs a library of its own"),
  random_seed: finite,
  debug_info: only(false, "prelab backward shows every gradient"),
  // Where and how Caffe computes makes no difference to what it computes.
  solver_mode: choice(["CPU", "GPU"]),
  device_id: finite,
  layer_wise_reduce: flag,
}

/** @throws PrelabError when the field holds what Caffe refuses, or what is not done here */
export function checkField(field: string, value: unknown): void {
  const problem = checks[field]!(value, field)
  if (problem) throw problem
  if (/^test_/.test(field) && Array.isArray(value) && value.length > 1)
    throw wrong(
      "one test net supported",
      `${value.length} values of ${field}`,
      "train once for each test net",
    )
}

/** @throws PrelabError when fields do not go together */
export function checkTogether(settings: SolverSettings): void {
  const { lr_policy, stepsize } = settings
  if ((lr_policy === "step" || lr_policy === "sigmoid") && stepsize < 1)
    throw wrong(`lr_policy ${lr_policy} needs a stepsize`, stepsize)
  updateRules[settings.type].check?.(settings)
}
