import { PrelabError } from "../../../error.js"
import type { ChangeHandler } from "../../../kernel/widget.js"
import { sameValue } from "../../../kernel/widget-values.js"
import { Control, type ControlOptions, defineProperties } from "./control.js"
import { table } from "./generated/table.js"

/** What can be chosen: values, which are shown as text, or values by their labels. */
export type Options<T> = readonly T[] | Readonly<Record<string, T>>

/** What a control that offers a choice begins with: `value` or `index`, else what its kind begins with. */
export type ChoiceOptions<State, T, Value> = ControlOptions<Omit<State, "_options_labels">> & {
  options?: Options<T>
  value?: Value
}

interface Chosen<T, Value> {
  options: Options<T>
  value: Value
}

/**
 * The page knows labels and the position of what is chosen; here a choice also has the values, and tells `change:value`.
 * `Value` is one value or several, as `Index` is one position or several.
 */
export class Choice<State extends { index: unknown }, T, Value> extends Control<State & Chosen<T, Value>> {
  #options: Options<T>

  constructor(
    name: string,
    { options = [], value, ...state }: ChoiceOptions<State, T, Value>,
    first: unknown,
  ) {
    const index = "index" in state ? state.index : valuesOf(options).length > 0 ? first : undefined
    super(name, { ...state, _options_labels: labelsOf(options), ...(index === undefined ? {} : { index }) })
    this.#options = options
    const told: ChangeHandler = (now, before) => this.emit("change:value", this.#at(now), this.#at(before))
    this.on("change:index" as string, told)
    if (value !== undefined) this.update({ value } as Partial<State & Chosen<T, Value>>)
  }

  override get<K extends keyof (State & Chosen<T, Value>) & string>(name: K): (State & Chosen<T, Value>)[K] {
    const computed: unknown =
      name === "options" ? this.#options : name === "value" ? this.#at(super.get("index")) : super.get(name)
    return computed as (State & Chosen<T, Value>)[K]
  }

  /** New options leave nothing chosen, unless a value or an index comes with them. */
  override update(values: Partial<State & Chosen<T, Value>>): void {
    const { options, value, ...rest } = values as Partial<Chosen<T, Value>> & { index?: unknown }
    const several = Array.isArray(super.get("index"))
    if (options !== undefined) this.#options = options
    const renewed =
      options === undefined ? {} : { index: several ? [] : null, _options_labels: labelsOf(options) }
    const chosen = "value" in values ? { index: this.#positionOf(value, several) } : {}
    super.update({ ...renewed, ...chosen, ...rest } as unknown as Partial<State & Chosen<T, Value>>)
  }

  override toString(): string {
    const labels = labelsOf(this.#options)
    const chosen = [super.get("index")].flat().map((i) => labels[i as number])
    return `${super.toString()}: ${chosen.filter((label) => label !== undefined).join(", ") || "nothing chosen"}`
  }

  #at(index: unknown): unknown {
    const values = valuesOf(this.#options)
    if (Array.isArray(index)) return index.map((i) => values[i])
    return index === null ? null : values[index as number]
  }

  #positionOf(value: unknown, several: boolean): unknown {
    const find = (one: unknown) => {
      const found = valuesOf(this.#options).findIndex((option) => sameValue(option, one))
      if (found < 0)
        throw new PrelabError("no such option", String(one), { hint: labelsOf(this.#options).join(", ") })
      return found
    }
    if (several) return (value as unknown[]).map(find)
    return value === null ? null : find(value)
  }
}

function valuesOf<T>(options: Options<T>): readonly T[] {
  return Array.isArray(options) ? options : Object.values(options)
}

function labelsOf(options: Options<unknown>): string[] {
  return Array.isArray(options) ? options.map(String) : Object.keys(options)
}

/** A control that offers a choice, with its values as properties. */
export type Chooser<State extends { index: unknown }, T, Value> = Choice<State, T, Value> &
  State &
  Chosen<T, Value>

/** The class of a control whose value is one of its options; `first` is the index that it begins with. */
export function choiceOfOne<State extends { index: unknown }>(
  name: string,
  first: number | null = 0,
): new <T>(
  options?: ChoiceOptions<State, T, T | null>,
) => Chooser<State, T, T | null> {
  return choice(name, first) as unknown as new <T>(
    options?: ChoiceOptions<State, T, T | null>,
  ) => Chooser<State, T, T | null>
}

/** The same, where the value is several of the options. */
export function choiceOfSome<State extends { index: unknown }>(
  name: string,
  first: readonly number[] = [],
): new <T>(
  options?: ChoiceOptions<State, T, readonly T[]>,
) => Chooser<State, T, readonly T[]> {
  return choice(name, first) as unknown as new <T>(
    options?: ChoiceOptions<State, T, readonly T[]>,
  ) => Chooser<State, T, readonly T[]>
}

function choice(name: string, first: unknown) {
  const made = class extends Choice<{ index: unknown }, unknown, unknown> {
    constructor(options: ChoiceOptions<{ index: unknown }, unknown, unknown> = {}) {
      super(name, options, first)
    }
  }
  defineProperties(made.prototype, [...Object.keys(table[name]!.state), "options", "value"])
  return made
}
