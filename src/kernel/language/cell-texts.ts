import type { CellLanguageName } from "./cell-language.js"
import type { CellName, LiveName } from "./live-names.js"
import { hubImport } from "./module-hub.js"
import { type CellSyntax, type DeclaredName, withInsertions } from "./read-cell.js"
import { signaturesOf } from "./signatures.js"

/** A text made from a cell: `offset` is where the cell's own text begins in it. */
export interface CellText {
  text: string
  offset: number
}

/** The specifier under which a cell that runs finds the values of all cells. */
export const stateModule = "$state"

/**
 * The cell as a module for the type checker: one line that declares what it uses of earlier cells, its own text,
 * and what it exports to later ones. Variables are declared instead of imported, because an import cannot be assigned
 * to, and a `const` has to be one in the error that says so.
 *
 * @param isChecked whether the text is checked, and not only looked at
 * @param beside modules that have to be in the program, whether the cell imports them or not
 */
export function checkText(
  code: string,
  cell: CellSyntax,
  used: readonly LiveName[],
  language: CellLanguageName = "typescript",
  isChecked = true,
  beside: readonly string[] = [],
): CellText {
  const declarations = used.map((live) => declarationOf(live, language))
  const hub = isChecked && language === "typescript" ? [hubImport] : []
  const header = headerOf([...hub, ...beside.map(importAlone), ...declarations], cell)
  return { text: `${header}${code}${exportsOf(cell)}`, offset: header.length }
}

export function importAlone(specifier: string): string {
  return `import ${JSON.stringify(specifier)};`
}

/** What stands before a cell's own text for the type checker: a line, and those that count only where a file begins. */
export function headerOf(lines: readonly string[], { isObject, references }: CellSyntax): string {
  return `${references}${lines.join(" ")}\n${isObject ? "(" : ""}`
}

/** What stands behind a cell's own text for the type checker. */
export function exportsOf(cell: CellSyntax): string {
  const names = cell.declared
    .filter(({ name }) => !cell.exported.has(name))
    .map((declared) => (isTypeAlone(declared) ? `type ${declared.name}` : declared.name))
  return `${cell.isObject ? "\n)" : ""}\nexport { ${names.join(", ")} };`
}

/**
 * The cell as a module that can be compiled and run: earlier values are imported from one module, so that the
 * compiler rewrites every reference and assignment with the right scoping, whatever shadows the name inside.
 */
export function runText(code: string, cell: CellSyntax, used: readonly LiveName[]): CellText {
  const values = used.filter(hasState).map(({ name }) => name)
  const imports = used.filter((live) => live.from === "import").map((live) => declarationOf(live))
  const state = values.length > 0 ? `import { ${values.join(", ")} } from "${stateModule}"; ` : ""
  const header = `${state}${imports.join(" ")}\n`
  const { exportedBehind: behind, hoisted } = cell
  const exports = behind.length > 0 ? `\nexport { ${behind.join(", ")} };` : ""
  const vars = hoisted.length > 0 ? `\nexport var ${[...new Set(hoisted)].join(", ")};` : ""
  return { text: header + withInsertions(code, cell.insertions) + exports + vars, offset: header.length }
}

/** The modules that a cell needs loaded before it runs: its own imports and those that it uses again. */
export function importsOf(cell: CellSyntax, used: readonly LiveName[]): string[] {
  const again = used.flatMap((live) => (live.from === "import" && !live.typeOnly ? [live.specifier] : []))
  return [...new Set([...cell.specifiers, ...again])]
}

function hasState(live: LiveName): boolean {
  if (live.from === "import") return false
  return live.from === "helper" ? live.hasValue : !isTypeAlone(live) && !live.ambient
}

/** A namespace is none, whatever is in it: of what is imported as a type, no part can be given another name. */
function isTypeAlone({ kind, isNamespace }: DeclaredName): boolean {
  return kind === "type" && !isNamespace
}

export function declarationOf(live: LiveName, language: CellLanguageName = "typescript"): string {
  const { name } = live
  if (live.from === "helper") return `import { ${name} } from "${live.specifier}";`
  if (live.from === "cell") return withDocumentation(live, cellDeclaration(live, language))
  const source = `from ${JSON.stringify(live.specifier)};`
  const type = live.typeOnly ? "type " : ""
  if (live.imported === "*") return `import ${type}* as ${name} ${source}`
  if (live.imported === "default") return `import ${type}${name} ${source}`
  const binding = live.imported === name ? name : `${live.imported} as ${name}`
  return `import { ${type}${binding} } ${source}`
}

/** A comment is somebody's documentation only where a line begins. What is imported has its own. */
export function withDocumentation({ documentation }: DeclaredName, declaration: string): string {
  if (documentation === undefined || declaration.startsWith("import ")) return declaration
  return `\n${documentation}\n${declaration}`
}

function cellDeclaration(live: CellName, language: CellLanguageName): string {
  const { name, kind, module, literal } = live
  const own = `typeof import("./${module}")`
  const type = live.type ?? `${own}.${name}`
  const exported = live.half === "exported" ? "export " : ""
  if (live.half && kind === "type") return `${exported}${typeAlias(live, `import("./${module}")`)}`
  const isVariable = kind === "let" || (kind === "const" && !isAlsoType(live))
  if (live.type === undefined && !isVariable)
    return `import { ${isTypeAlone(live) ? "type " : ""}${name} } from "./${module}";`
  if (language === "javascript") return scriptDeclaration(live, isVariable ? kind : "const", own)
  if (!isVariable)
    return signaturesOf(type)
      .map((signature) => `declare function ${name}${signature};`)
      .join(" ")
  if (isAlsoType(live)) return `declare let ${name}: ${type}; ${typeAlias(live, `import("./${module}")`)}`
  if (isMadeOfValue(live)) return `${exported}const ${name} = (null! as ${own}).${name};`
  // Of a constant that is 5, a variable may be made that is any number; of one of type 5, not.
  const declared = literal === undefined ? `declare ${kind} ${name}: ${type}` : `const ${name} = ${literal}`
  return `${exported}${declared};`
}

/**
 * JavaScript has no `declare`, but says types in comments. One in front of a declaration counts only where a line begins,
 * and is shown as the name's documentation.
 */
function scriptDeclaration({ name, type, literal }: CellName, kind: string, own: string) {
  const cast = (to: string) => `/** @type {${to}} */ (/** @type {any} */ (undefined))`
  return `${kind} ${name} = ${literal ?? (type === undefined ? `(${cast(own)}).${name}` : cast(type))};`
}

/**
 * Whether a name is a constant without a written type, which has to have none here either: a type that is written down
 * is never wider for a variable made of it, and lets a function be used as an assertion.
 */
export function isMadeOfValue({ kind, inferred, type, literal }: DeclaredName & { type?: string }): boolean {
  return kind === "const" && inferred === true && type === undefined && literal === undefined
}

/** Whether a name that has a value was declared as a type beside it. */
export function isAlsoType({ kind, typeParameters }: DeclaredName): boolean {
  return kind !== "type" && typeParameters !== undefined
}

/** The type of a name that is a variable too, which an import could not be. */
export function typeAlias({ name, typeParameters = [] }: DeclaredName, module: string): string {
  const inBrackets = (list: readonly string[]) => (list.length > 0 ? `<${list.join(", ")}>` : "")
  const names = typeParameters.map((parameter) => parameter.split(" ")[0]!)
  return `type ${name}${inBrackets(typeParameters)} = ${module}.${name}${inBrackets(names)};`
}
