import type { CellName, LiveName } from "./live-names.js"
import type { DeclaredName } from "./read-cell.js"

// A name can be a value and a type: `const Point` and `type Point`. Here the two are declared by different cells.

/** What a cell declares, with the other half of its name, if an earlier cell has declared one that can stand beside it. */
export function joinHalves(declared: DeclaredName, live: LiveName | undefined): DeclaredName {
  if (live?.from !== "cell") return declared
  if (declared.kind === "type") {
    const value = valueHalf(live)
    if (!value) return declared
    const { kind, ambient, inferred } = value
    return { ...declared, kind, ambient, earlier: value, ...(inferred ? { inferred } : {}) }
  }
  const type =
    canStandBesideType(declared) && declared.typeParameters === undefined ? typeHalf(live) : undefined
  return type ? { ...declared, typeParameters: type.typeParameters!, earlier: type } : declared
}

/** Classes and enums are types themselves. */
function canStandBesideType({ kind }: DeclaredName): boolean {
  return kind === "let" || kind === "const" || kind === "function"
}

/** The value of a name, without the type beside it. A function becomes a constant: an import would be in the type's way. */
function valueHalf(live: CellName): CellName | undefined {
  if (live.earlier && live.earlier.kind !== "type") return live.earlier
  if (!canStandBesideType(live)) return undefined
  const { typeParameters: _, earlier: __, ...value } = live
  return value.kind === "function" ? { ...value, kind: "const", inferred: false } : value
}

function typeHalf(live: CellName): CellName | undefined {
  if (live.earlier?.kind === "type") return live.earlier
  if (live.typeParameters === undefined || (live.kind !== "type" && !canStandBesideType(live)))
    return undefined
  const { from, module, name, typeParameters } = live
  return { from, module, name, typeParameters, kind: "type", ambient: false }
}
