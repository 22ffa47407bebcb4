import { PrelabError } from "../error.js"
import { type Displayable, displaySymbol, mimeBundle } from "../kernel/mime-bundle.js"
import type { Widget } from "../kernel/widget.js"
import type { Net } from "../net/index.js"
import { frontEnd } from "./front-end.js"
import { describeSide } from "./graph/describe-side.js"
import { graphLayout } from "./graph/graph-layout.js"
import { kindLegend } from "./graph/layer-kind.js"
import { netChanges } from "./graph/net-changes.js"
import { stacksOf } from "./graph/net-groups.js"
import { weightMoments } from "./graph/weight-moments.js"
import type {
  DrawLevel,
  ExplorerGraph,
  ExplorerSide,
  LayerChange,
  LayerChoice,
  LayerWeights,
  NetExplorerState,
} from "./net-explorer-state.js"
import { defineWidget } from "./toolkit/index.js"

/** From so many layers on, blocks are drawn closed at first. */
const manyLayers = 60

/** A widget that draws a net, or two beside each other, and tells everything about the layer that is chosen. */
export class NetExplorer implements Displayable {
  readonly widget: Widget<NetExplorerState>
  readonly #nets: readonly Net[]
  readonly #stacks: readonly number[][][]
  readonly #sides: ExplorerSide[]

  constructor(before: Net, after?: Net) {
    this.#nets = after ? [before, after] : [before]
    if (this.#nets.some(({ layers }) => layers.length === 0))
      throw new PrelabError("net has no layers", before.name || "(unnamed)")
    this.#stacks = this.#nets.map(stacksOf)
    const changes = after ? netChanges(before, after) : [undefined]
    this.#sides = this.#nets.map((net, i) => describeSide(net, this.#stacks[i]!, changes[i]))
    const level = this.#sides.some(({ layers }) => layers.length >= manyLayers) ? "blocks" : "layers"
    const closed = this.#closedAt(level)
    const kind = defineWidget({
      id: "prelab.NetExplorer",
      ...frontEnd("net-explorer"),
      state: {
        sides: this.#sides,
        legend: kindLegend(this.#nets.flatMap(({ layers }) => layers.map(({ type }) => type))),
        changed: after ? this.#changed() : "",
        changes: changesOf(this.#sides),
        graphs: this.#layouts(closed),
        closed,
        level,
        chosen: null,
        query: "",
        weights: null,
      } as NetExplorerState,
      commands: {
        draw: (level: DrawLevel) => this.draw(level),
        toggle: ({ side, group, layer }: { side: number; group?: number; layer?: number }) =>
          this.toggle(side, group ?? this.#groupAt(side, layer)),
        weigh: (choice: LayerChoice) => void this.weigh(choice),
      },
    })
    this.widget = kind()
  }

  /** Draws every layer for itself, or stacks or blocks as one box each. */
  draw(level: DrawLevel): void {
    this.#arrange(this.#closedAt(level), level)
  }

  /**
   * Closes a group of layers, or opens it.
   *
   * @param group its place in `widget.get("sides")[side].groups`
   * @throws PrelabError for a group that is not there
   */
  toggle(side: number, group: number | undefined): void {
    if (group === undefined || !this.#sides[side]?.groups[group])
      throw new PrelabError("no such group of layers", group ?? "none holds the layer")
    const closed = this.widget.get("closed").map((groups, i) => {
      if (i !== side) return groups
      return groups.includes(group) ? groups.filter((other) => other !== group) : [...groups, group]
    })
    const same = (["layers", "stacks", "blocks"] as const).find((level) =>
      this.#closedAt(level).every((groups, i) => sameMembers(groups, closed[i]!)),
    )
    this.#arrange(closed, same ?? "mixed")
  }

  /**
   * Counts a layer's weights: least, largest, mean and population standard deviation in double, zeros and signs, whole and by channel.
   *
   * @throws PrelabError for a layer that is not there
   */
  weigh({ side, layer }: LayerChoice): LayerWeights {
    const found = this.#nets[side]?.layers[layer]
    if (!found) throw new PrelabError("no such layer", layer)
    const weights = { side, layer, blobs: weightMoments(found) }
    this.widget.set("weights", weights)
    return weights
  }

  close(): void {
    this.widget.close()
  }

  toString(): string {
    const [before, after] = this.#nets
    return after ? `Net explorer. ${before} → ${after}: ${this.#changed()}` : `Net explorer. ${before}`
  }

  /** The live view; where there is none, the layers as a table. */
  async [displaySymbol]() {
    const { "text/plain": _, ...view } = this.widget[displaySymbol]()
    const tables = await Promise.all(this.#nets.map((net) => mimeBundle(net)))
    const html = tables.flatMap(({ "text/html": table }) => (typeof table === "string" ? [table] : []))
    return {
      ...view,
      ...(html.length > 0 ? { "text/html": html.join("\n") } : {}),
      "text/plain": String(this),
    }
  }

  #changed(): string {
    const count = (side: number, change: LayerChange) =>
      this.#sides[side]!.layers.filter((layer) => layer.change === change).length
    return `${count(0, "removed")} layers removed, ${count(1, "added")} added, ${count(0, "changed")} changed`
  }

  #closedAt(level: DrawLevel): number[][] {
    const kind = { layers: "", stacks: "stack", blocks: "block", mixed: "" }[level]
    return this.#sides.map(({ groups }) => groups.flatMap((group, g) => (group.kind === kind ? [g] : [])))
  }

  /** What the layer is drawn in: the outermost group that is closed, else its stack, else its block. */
  #groupAt(side: number, layer: number | undefined): number | undefined {
    const closed = this.widget.get("closed")[side] ?? []
    const holding = (this.#sides[side]?.groups ?? []).flatMap(({ layers }, g) =>
      layers.includes(layer ?? -1) ? [g] : [],
    )
    return holding.findLast((group) => closed.includes(group)) ?? holding[0]
  }

  #arrange(closed: number[][], level: DrawLevel): void {
    this.widget.update({ closed, level, graphs: this.#layouts(closed) })
  }

  #layouts(closed: readonly (readonly number[])[]): ExplorerGraph[] {
    return this.#sides.map((side, i) => graphLayout(side, this.#stacks[i]!, closed[i]!))
  }
}

/**
 * Draws a net as boxes that can be searched, closed, walked by keyboard and opened: type, fields, shapes, parameters, multiply-accumulates,
 * and on demand what its weights are like. With a second net the two stand beside each other, matched by the layers' names, and what a
 * rewrite removed, added and changed is marked.
 *
 * ```ts
 * netExplorer(net)
 * netExplorer(net, foldBatchNorm(net).net)
 * ```
 *
 * @throws PrelabError for a net without layers
 */
export function netExplorer(before: Net, after?: Net): NetExplorer {
  return new NetExplorer(before, after)
}

/** Where a rewrite did something; what it changed stands on the first side. */
function changesOf(sides: readonly ExplorerSide[]): LayerChoice[] {
  return sides.flatMap(({ layers }, side) =>
    layers.flatMap(({ change }, layer) =>
      change === "same" || (side === 1 && change === "changed") ? [] : [{ side, layer }],
    ),
  )
}

function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member))
}
