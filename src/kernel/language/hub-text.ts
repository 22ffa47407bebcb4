import {
  type CellText,
  declarationOf,
  exportsOf,
  headerOf,
  importAlone,
  isAlsoType,
  isMadeOfValue,
  typeAlias,
  withDocumentation,
} from "./cell-texts.js"
import type { LiveName } from "./live-names.js"
import { hubModule, type ModuleHub } from "./module-hub.js"
import type { CellSyntax } from "./read-cell.js"

/**
 * The cell as a module for the type checker that takes its names from the hub and nowhere else: see
 * {@link ModuleHub}. Its own import statements are blanks in it. What is right in it is right in {@link checkText}'s;
 * where something is wrong, only that one says it in the reader's words.
 *
 * @returns undefined where the hub does not have all modules, or an import statement says more than names
 */
export function hubText(
  code: string,
  cell: CellSyntax,
  used: readonly LiveName[],
  hub: ModuleHub,
  beside: readonly string[] = [],
): CellText | undefined {
  if (cell.imports.some(({ isPlain }) => !isPlain)) return undefined
  const modules = new Set<string>()
  const nameOf = (specifier: string): string | undefined => {
    const name = hub.nameOf(specifier)
    if (name !== undefined) modules.add(name)
    return name
  }
  const found = [
    ...cell.imported.map((each) => importOf(each, nameOf)),
    ...used.map((live) => aliasOf(live, nameOf)),
  ]
  const lines = found.filter((line) => line !== undefined)
  if (lines.length < found.length) return undefined
  const fromHub = `import { ${[...modules].join(", ")} } from "./${hubModule}";`
  const header = headerOf([fromHub, ...beside.map(importAlone), ...lines], cell)
  return { text: `${header}${withoutImports(code, cell)}${exportsOf(cell)}`, offset: header.length }
}

type NameOf = (specifier: string) => string | undefined

function aliasOf(live: LiveName, nameOf: NameOf): string | undefined {
  if (live.from === "import") return live.typeOnly ? undefined : importOf(live, nameOf)
  if (live.from === "helper") return importOf({ ...live, imported: live.name }, nameOf)
  if (live.type !== undefined || live.literal !== undefined) return declarationOf(live)
  const module = live.module && nameOf(`./${live.module}`)
  if (module === undefined) return undefined
  const { name, kind } = live
  const exported = live.half === "exported" ? "export " : ""
  if (live.half && kind === "type") return `${exported}${typeAlias(live, module)}`
  if (kind !== "let" && (kind !== "const" || isAlsoType(live))) return `import ${name} = ${module}.${name};`
  if (isMadeOfValue(live)) return withDocumentation(live, `${exported}const ${name} = ${module}.${name};`)
  const type = isAlsoType(live) ? ` ${typeAlias(live, module)}` : ""
  return withDocumentation(live, `${exported}declare ${kind} ${name}: typeof ${module}.${name};${type}`)
}

function importOf(
  { name, specifier, imported }: { name: string; specifier: string; imported: string },
  nameOf: NameOf,
): string | undefined {
  // What a default is, depends on the kind of module.
  const module = imported === "default" ? undefined : nameOf(specifier)
  return module && `import ${name} = ${imported === "*" ? module : `${module}.${imported}`};`
}

/** Everything else stays where it is. */
function withoutImports(code: string, { imports }: CellSyntax): string {
  let text = code
  for (const { from, to } of imports)
    text = text.slice(0, from) + text.slice(from, to).replace(/[^\r\n]/g, " ") + text.slice(to)
  return text
}
