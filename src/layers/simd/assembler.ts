/**
 * As much of WebAssembly's binary format as loops over numbers need
 * (https://webassembly.github.io/spec/core/binary/): functions are written as expressions and statements,
 * and come out as bytes.
 */
export type Code = readonly number[]

/** A parameter or a variable of a function. */
export interface Local {
  readonly index: number
  readonly type: number
}

/** Bytes that leave a value, a local's value, or a whole number. */
export type Expression = Code | Local | number

const I32 = 0x7f
const F64 = 0x7c
const V128 = 0x7b
const END = 0x0b
/** A block that leaves no value. */
const VOID = 0x40

/** Bytes that leave the value. */
export function value(expression: Expression): Code {
  if (typeof expression === "number") return [0x41, ...signed(expression)]
  return "index" in expression ? [0x20, ...unsigned(expression.index)] : expression
}

/** In LEB128. */
function unsigned(number: number): number[] {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...unsigned(number >>> 7)]
}

function signed(number: number): number[] {
  const rest = number >> 7
  const low = number & 0x7f
  return (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40) ? [low] : [low | 0x80, ...signed(rest)]
}

const operator =
  (...code: number[]) =>
  (...operands: Expression[]): Code => [...operands.flatMap(value), ...code]

/** On whole numbers of 32 bits, which are also places in memory, in bytes. */
export const add = operator(0x6a)
export const subtract = operator(0x6b)
export const multiply = operator(0x6c)
export const divide = operator(0x6e)
export const remainder = operator(0x70)
export const and = operator(0x71)
export const exclusiveOr = operator(0x73)
export const equal = operator(0x46)
export const below = operator(0x49)
/** The first where the last is not 0, else the second. */
export const select = operator(0x1b)
export const least = (a: Local, b: Expression): Code => select(a, b, below(a, b))

/** On single numbers. */
export const promote = operator(0xbb)
export const demote = operator(0xb6)
export const addDoubles = operator(0xa0)
export const noDouble: Code = [0x44, 0, 0, 0, 0, 0, 0, 0, 0]
/** On two doubles at a time. */
export const addPairs = operator(0xfd, 0xf0, 0x01)
export const multiplyPairs = operator(0xfd, 0xf2, 0x01)
/** The second where it is below the first, else the first. */
export const smaller = operator(0xfd, 0xf6, 0x01)
export const bothDoubles = operator(0xfd, 0x14)
export const promotePair = operator(0xfd, 0x5f)
export const demotePair = operator(0xfd, 0x5e)
export const zeros: Code = [0xfd, 0x0c, ...new Array<number>(16).fill(0)]
export const lane = (vector: Expression, index: number): Code => [...value(vector), 0xfd, 0x21, index]
/** On four floats at a time. */
export const addFours = operator(0xfd, 0xe4, 0x01)
export const multiplyFours = operator(0xfd, 0xe6, 0x01)
/** Which of the first are above the second's, all bits of their place set. */
export const above = operator(0xfd, 0x44)
/** The second where it is above the first, else the first. */
export const larger = operator(0xfd, 0xeb, 0x01)
/** The first of four whole numbers. */
export const firstInteger = (vector: Expression): Code => [...value(vector), 0xfd, 0x1b, 0]
/** -FLT_MAX, four times. */
export const leastFloats: Code = [0xfd, 0x0c, ...new Array<number[]>(4).fill([0xff, 0xff, 0x7f, 0xff]).flat()]
/** The first's where the last says so, else the second's. */
export const choose = operator(0xfd, 0x52)
/** The upper halves of two vectors in one. */
export const upperHalves = operator(
  0xfd,
  0x0d,
  ...[8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31],
)
/** The lower halves of two vectors in one. */
export const lowerHalves = operator(0xfd, 0x0d, ...[0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])

const load =
  (...code: number[]) =>
  (place: Expression, offset = 0): Code => [...value(place), ...code, 2, ...unsigned(offset)]
export const loadInteger = load(0x28)
export const loadFloat = load(0x2a)
export const loadDouble = load(0x2b)
export const loadVector = load(0xfd, 0x00)
/** One double in both halves. */
export const loadTwice = load(0xfd, 0x0a)
/** One float in all four places. */
export const loadAlike = load(0xfd, 0x09)
/** One float in the first place. */
export const loadFirst = load(0xfd, 0x5c)
/** Two floats in the lower half. */
export const loadHalf = load(0xfd, 0x5d)

const store =
  (...code: number[]) =>
  (place: Expression, what: Expression, offset = 0): Code => [
    ...[...value(place), ...value(what)],
    ...[...code, 2, ...unsigned(offset)],
  ]
export const storeFloat = store(0x38)
export const storeDouble = store(0x39)
/** The first of four floats. */
export const storeFirst = (place: Expression, vector: Expression): Code =>
  storeFloat(place, [...value(vector), 0xfd, 0x1f, 0])
export const storeVector = store(0xfd, 0x0b)

export function set(local: Local, to: Expression): Code {
  return [...value(to), 0x21, ...unsigned(local.index)]
}

/** Adds to a whole number. */
export function advance(local: Local, by: Expression): Code {
  return set(local, add(local, by))
}

/** Sets so many bytes to zero. */
export function clear(place: Expression, bytes: Expression): Code {
  return [...value(place), ...value(0), ...value(bytes), 0xfc, 0x0b, 0]
}

export function when(condition: Expression, then: readonly Code[], otherwise: readonly Code[] = []): Code {
  const rest = otherwise.length > 0 ? [0x05, ...otherwise.flat()] : []
  return [...value(condition), 0x04, VOID, ...then.flat(), ...rest, END]
}

/** For every number from `from` on and below `to`, both without sign; `to` is computed anew each time. */
export function each(
  local: Local,
  from: Expression,
  to: Expression,
  step: Expression,
  body: readonly Code[],
): Code {
  const isOver = [...below(local, to), 0x45]
  const round = [...isOver, 0x0d, 1, ...body.flat(), ...advance(local, step), 0x0c, 0]
  return [...set(local, from), 0x02, VOID, 0x03, VOID, ...round, END, END]
}

/** Once, and again so often that it has run `times`: a local that counts down to zero. */
export function countDown(times: Local, body: readonly Code[]): Code {
  return [0x03, VOID, ...body.flat(), ...set(times, subtract(times, 1)), ...value(times), 0x0d, 0, END]
}

/** A function of whole numbers that returns nothing. */
export class WasmFunction {
  readonly #types: number[] = []
  readonly parameters: readonly Local[]
  body: readonly Code[] = []

  constructor(
    readonly name: string,
    parameters: number,
  ) {
    this.parameters = Array.from({ length: parameters }, (_, index) => ({ index, type: I32 }))
  }

  integer = (): Local => this.#local(I32)
  double = (): Local => this.#local(F64)
  vector = (): Local => this.#local(V128)

  #local(type: number): Local {
    this.#types.push(type)
    return { index: this.parameters.length + this.#types.length - 1, type }
  }

  get code(): Code {
    const locals = this.#types.flatMap((type) => [1, type])
    const code = [...unsigned(this.#types.length), ...locals, ...this.body.flat(), END]
    return [...unsigned(code.length), ...code]
  }
}

/** A call of the function at this place of the module. */
export function call(index: number, ...args: Expression[]): Code {
  return [...args.flatMap(value), 0x10, ...unsigned(index)]
}

/** A module of functions that works in the memory it is given as `env.memory`: one that threads share, or its own. */
export function assemble(
  functions: readonly WasmFunction[],
  memory: { readonly pages: number; readonly shared: boolean },
): Uint8Array<ArrayBuffer> {
  const section = (id: number, ...content: number[][]) => {
    const bytes = content.flat()
    return [id, ...unsigned(bytes.length), ...bytes]
  }
  const name = (text: string) => [...unsigned(text.length), ...new TextEncoder().encode(text)]
  const count = unsigned(functions.length)
  const types = functions.map(({ parameters }) => [
    ...[0x60, ...unsigned(parameters.length), ...parameters.map(() => I32)],
    0,
  ])
  const limits = [memory.shared ? 3 : 1, ...unsigned(1), ...unsigned(memory.pages)]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, count, types.flat()),
    ...section(2, [1, ...name("env"), ...name("memory"), 2, ...limits]),
    ...section(
      3,
      count,
      functions.flatMap((_, i) => unsigned(i)),
    ),
    ...section(
      7,
      count,
      functions.flatMap((each, i) => [...name(each.name), 0, ...unsigned(i)]),
    ),
    ...section(
      10,
      count,
      functions.flatMap(({ code }) => code),
    ),
  ])
}
