import type { Runtime } from "node:inspector"
import { PrelabError } from "../../error.js"
import type { Variable } from "./dap.js"
import { asArgument, type HandleGroup, type MainThread } from "./main-thread.js"
import { lengthOf, readProperty, sliceOf, writeProperty } from "./on-main.js"
import { isName } from "./own-names.js"
import { valueText, valueType } from "./value-text.js"

type Remote = Runtime.RemoteObject
type Property = Runtime.PropertyDescriptor

/** Something that a client can look into. */
export interface Container {
  readonly group: HandleGroup
  /** How a reader writes it. */
  readonly name?: string | undefined
  list(page: Page): Promise<Variable[]>
  set(name: string, value: Remote): Promise<Remote>
}

export interface Page {
  filter?: "named" | "indexed" | undefined
  start: number
  count?: number | undefined
}

/** What Node's types leave out of V8's answer. */
type WithPrivate = Runtime.GetPropertiesReturnType & {
  privateProperties?: { name: string; value?: Remote }[]
}

/** More elements than this are shown in groups of at most as many. */
const pageSize = 100

/** Values as clients see them: each one that has something inside gets a number to ask for that. */
export class Variables {
  readonly #containers = new Map<number, Container>()
  #last = 0
  /**
   * Whether numbers, strings and their like come with a type. JupyterLab shows the type instead of the value, but for
   * Python's types and where there is none.
   */
  typesOfPlainValues = true

  constructor(readonly main: MainThread) {}

  get(reference: number): Container {
    const container = this.#containers.get(reference)
    if (!container) throw new PrelabError("variable no longer known", reference)
    return container
  }

  add(container: Container): number {
    this.#containers.set(++this.#last, container)
    return this.#last
  }

  /** Lets go of the values of a group. */
  async clear(group: HandleGroup): Promise<void> {
    for (const [reference, container] of this.#containers)
      if (container.group === group) this.#containers.delete(reference)
    await this.main.release(group)
  }

  async variable(name: string, value: Remote, group: HandleGroup, evaluateName?: string): Promise<Variable> {
    const length = isArray(value) ? await this.#length(value) : undefined
    const isTyped = value.objectId !== undefined || this.typesOfPlainValues
    return {
      name,
      value: valueText(value),
      ...(isTyped ? { type: valueType(value) } : {}),
      variablesReference:
        value.objectId === undefined ? 0 : this.add(this.inside(value, value.objectId, group, evaluateName)),
      ...(evaluateName === undefined ? {} : { evaluateName }),
      ...(length === undefined ? {} : { indexedVariables: length, namedVariables: 1 }),
    }
  }

  /** The values of cells, by the names that the reader gave them. */
  cells(state: Remote, group: HandleGroup): Container {
    const container = this.inside(state, state.objectId!, group)
    return { ...container, list: () => this.#properties(state.objectId!, group, undefined, true) }
  }

  /** The properties of an object. */
  inside(value: Remote, objectId: string, group: HandleGroup, name?: string): Container {
    return {
      group,
      name,
      list: (page) =>
        isArray(value)
          ? this.#elements(objectId, page, group, name)
          : this.#properties(objectId, group, name),
      set: (key, newValue) =>
        this.main.call(objectId, writeProperty, [{ value: key }, asArgument(newValue)], group),
    }
  }

  async #properties(
    objectId: string,
    group: HandleGroup,
    parent?: string,
    enumerableOnly = false,
  ): Promise<Variable[]> {
    const answer = await this.main.session.post("Runtime.getProperties", {
      objectId,
      ownProperties: true,
      generatePreview: true,
    })
    const { result, internalProperties = [], privateProperties = [] } = answer as WithPrivate
    const inherited = await this.main.session.post("Runtime.getProperties", {
      objectId,
      ownProperties: false,
      accessorPropertiesOnly: true,
    })
    const shown = result.filter(({ enumerable }) => enumerable || !enumerableOnly)
    const own = new Set(result.map(({ name }) => name))
    const getters = inherited.result.filter(({ name, get }) => get && name !== "__proto__" && !own.has(name))
    const entries = internalProperties.filter(({ name }) => name === "[[Entries]]")
    return Promise.all([
      ...entries.map(({ name, value }) => this.variable(name, value!, group)),
      ...[...shown, ...getters].map((property) => this.#property(property, objectId, group, parent)),
      // Fields only: what a private accessor or method is, nobody outside of the class can ask.
      ...privateProperties
        .filter(({ value }) => value)
        .map(({ name, value }) => this.variable(name, value!, group)),
    ])
  }

  /** The elements asked for; of a long array without such a wish its parts. */
  async #elements(objectId: string, page: Page, group: HandleGroup, parent?: string): Promise<Variable[]> {
    const length = await this.#length({ type: "object", objectId })
    const { filter, start, count = length - start } = page
    if (filter === "named") return this.#others(objectId, group, parent)
    if (count > pageSize && page.count === undefined)
      return this.#parts(objectId, start, count, group, parent)
    const part = await this.main.call(objectId, sliceOf, [{ value: start }, { value: count }], group)
    const { result } = await this.main.session.post("Runtime.getProperties", {
      objectId: part.objectId!,
      ownProperties: true,
      generatePreview: true,
    })
    const elements = await Promise.all(result.map((p) => this.#property(p, objectId, group, parent)))
    return filter === "indexed" || count < length
      ? elements
      : [...elements, ...(await this.#others(objectId, group, parent))]
  }

  /** What an array has beside its elements: its length, and properties that somebody added, as RegExp matches do. */
  async #others(objectId: string, group: HandleGroup, parent?: string): Promise<Variable[]> {
    const length = await this.main.call(objectId, lengthOf, [], group)
    return [await this.variable("length", length, group, parent && `${parent}.length`)]
  }

  #parts(objectId: string, start: number, count: number, group: HandleGroup, parent?: string): Variable[] {
    let size = pageSize
    while (count / size > pageSize) size *= pageSize
    const starts = Array.from({ length: Math.ceil(count / size) }, (_, i) => start + i * size)
    return starts.map((from) => {
      const length = Math.min(size, start + count - from)
      const part: Container = {
        group,
        list: async (page) => {
          if (length > pageSize) return this.#parts(objectId, from, length, group, parent)
          const wanted = { filter: "indexed" as const, start: from + page.start, count: page.count ?? length }
          return this.#elements(objectId, wanted, group, parent)
        },
        set: (key, value) =>
          this.main.call(objectId, writeProperty, [{ value: key }, asArgument(value)], group),
      }
      return {
        name: `[${from}…${from + length - 1}]`,
        value: "",
        type: "",
        variablesReference: this.add(part),
        presentationHint: { kind: "virtual", attributes: ["readOnly"] },
      }
    })
  }

  #property(property: Property, objectId: string, group: HandleGroup, parent?: string): Promise<Variable> {
    const { name, value } = property
    const evaluateName = property.symbol ? undefined : pathTo(parent, name)
    if (value) return this.variable(name, value, group, evaluateName)
    return Promise.resolve(this.#getter(name, objectId, group, property.get !== undefined, evaluateName))
  }

  /** A getter runs only when somebody looks into it. */
  #getter(name: string, objectId: string, group: HandleGroup, readable: boolean, path?: string): Variable {
    const read: Container = {
      group,
      list: async () => {
        const value = await this.main.call(objectId, readProperty, [{ value: name }], group)
        return [await this.variable(name, value, group, path)]
      },
      set: (_, value) => this.main.call(objectId, writeProperty, [{ value: name }, asArgument(value)], group),
    }
    return {
      name,
      value: readable ? "(…)" : "",
      type: readable ? "getter" : "setter",
      variablesReference: readable ? this.add(read) : 0,
      ...(path === undefined ? {} : { evaluateName: path }),
      presentationHint: { lazy: readable },
    }
  }

  async #length({ objectId }: Remote): Promise<number> {
    return Number(await this.main.callForJson(objectId!, lengthOf, [], false))
  }
}

function isArray({ subtype, objectId }: Remote): boolean {
  return objectId !== undefined && (subtype === "array" || subtype === "typedarray")
}

/** A property in the reader's way of writing. */
function pathTo(parent: string | undefined, name: string): string {
  if (parent === undefined) return name
  if (isName(name)) return `${parent}.${name}`
  return /^\d+$/.test(name) ? `${parent}[${name}]` : `${parent}[${JSON.stringify(name)}]`
}
