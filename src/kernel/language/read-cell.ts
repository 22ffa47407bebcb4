import ts from "typescript"
import type { CellName } from "./live-names.js"
import { objectCell } from "./object-cell.js"
import { isPlainType } from "./plain-type.js"
import { saidType } from "./said-type.js"
import { usedNames } from "./used-names.js"
import { widenedNames } from "./widened-names.js"
import { widens } from "./widens-modules.js"

export type NameKind = "let" | "const" | "function" | "class" | "enum" | "namespace" | "type"

/** A name that a cell declares at its top level. */
export interface DeclaredName {
  name: string
  kind: NameKind
  /** Declared with `declare`: it has types and no value of the cell's own. */
  ambient: boolean
  /** Where the name stands in the cell, if it is a variable, or a function without a comment above it. */
  at?: number
  /** The comment above a variable, for those who ask what it is. In JavaScript it may say its type, and stays where it is. */
  documentation?: string
  /** Of a type its parameters: `T`, `U = any`. A value that has them is a type too: `const Point` and `type Point`. */
  typeParameters?: readonly string[]
  /** The value or the type that an earlier cell declares under this name, and this one leaves as it is. */
  earlier?: CellName
  /** Of a type that is a namespace, in which nothing has a value. */
  isNamespace?: boolean
  /** The literal that a constant is, or an expression of its type, which is wider where it is assigned to something. */
  literal?: string
  /** Whether its type, or what it returns, follows from its value: nothing in the cell says it. */
  inferred?: boolean
  /** Its type, where the cell's own words say it. */
  said?: string | undefined
}

/** A name that a cell imports. `imported` is the name there, "default", or "*" for the whole module. */
export interface ImportedName {
  name: string
  specifier: string
  imported: string
  typeOnly: boolean
}

/** Where an import statement stands. */
export interface ImportPlace {
  from: number
  to: number
  /** Whether it imports values by their names, or a whole module, and says nothing else. */
  isPlain: boolean
}

/** Text that is put into a cell before it runs. */
export interface Insertion {
  at: number
  text: string
}

/** What the text of a cell says by itself, without types. */
export interface CellSyntax {
  declared: DeclaredName[]
  imported: ImportedName[]
  imports: ImportPlace[]
  /** Every module that an import or export statement names, once. */
  specifiers: string[]
  /** Names that the cell exports in its own words. */
  exported: Set<string>
  /** What it declares in all modules, or in another one, and what files it refers to: `global x`, `"m" f`, `/// <…>`. */
  widened: string[]
  /** Its `/// <reference />` lines, which count only where a file begins. */
  references: string
  /** Every name that occurs where it may mean a variable or a type. */
  used: Set<string>
  /** Values that no insertion can export: of `export default function f`. */
  exportedBehind: string[]
  /** Variables of `var` inside of a block or loop. */
  hoisted: string[]
  /** Whether it is an object literal and nothing else: then it is read in brackets. */
  isObject: boolean
  /** Names of `using` at its top level: they are its own, and no later cell's. */
  ownNames: string[]
  /** Makes an export of every declaration and none of a list, and hands the last expression to `__last`. */
  insertions: Insertion[]
}

/** Without an import or export too, in which `await` would be a name, and the braces of `await { a: 1 }` a block. */
const asModule: ts.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.ES2022,
  setExternalModuleIndicator: (file) => Object.assign(file, { externalModuleIndicator: true }),
}

/** Reads a cell. A text with syntax errors gives what can be made out; the checker says what is wrong. */
export function readCell(text: string, fileName = "cell.ts"): CellSyntax {
  const cell: CellSyntax = {
    declared: [],
    imported: [],
    imports: [],
    specifiers: [],
    exported: new Set(),
    widened: [],
    references: "",
    used: new Set(),
    exportedBehind: [],
    hoisted: [],
    isObject: false,
    ownNames: [],
    insertions: [],
  }
  const object = objectCell(text, fileName)
  if (object) {
    const { file: bracketed, literal } = object
    cell.isObject = true
    cell.insertions.push(...handOver(literal.getStart(bracketed) - 1, literal.end - 1))
    cell.used = usedNames(bracketed)
    return cell
  }
  const file = ts.createSourceFile(fileName, text, asModule, true)
  const references = referencesIn(text)
  cell.references = references.map((line) => `${line}\n`).join("")
  cell.widened.push(...references)
  for (const statement of file.statements) readStatement(statement, file, cell)
  const last = file.statements.at(-1)
  if (last && ts.isExpressionStatement(last)) {
    const { expression } = last
    cell.insertions.push(...handOver(expression.getStart(file), expression.end))
  }
  cell.used = usedNames(file)
  cell.specifiers = [...new Set(cell.specifiers)]
  return cell
}

/** The modules that a cell imports values or types from, or for what they do. */
export function importedBy({ specifiers, imported }: CellSyntax): Set<string> {
  return new Set([...specifiers, ...imported.map(({ specifier }) => specifier)])
}

/** Makes the value of the cell of what stands from here to there. */
function handOver(from: number, to: number): Insertion[] {
  return [
    { at: from, text: "__last((" },
    { at: to, text: "))" },
  ]
}

/** The text with its insertions. */
export function withInsertions(text: string, insertions: readonly Insertion[]): string {
  let out = ""
  let done = 0
  for (const { at, text: inserted } of insertions) {
    out += text.slice(done, at) + inserted
    done = at
  }
  return out + text.slice(done)
}

function readStatement(statement: ts.Statement, file: ts.SourceFile, cell: CellSyntax): void {
  const kind = holdsTypesOnly(statement) ? "type" : declarationKinds.get(statement.kind)
  if (ts.isImportDeclaration(statement)) {
    const place = { from: statement.getStart(file), to: statement.end }
    cell.imports.push({ ...place, isPlain: isPlainImport(statement) })
    readImport(statement, cell)
  } else if (ts.isExportDeclaration(statement)) readExport(statement, file, cell)
  else if (ts.isVariableStatement(statement)) readVariables(statement, file, cell)
  else if (widens(statement)) cell.widened.push(...widenedNames(statement))
  else if (kind === undefined) {
    const names = hoistedVars(statement)
    cell.hoisted.push(...names)
    for (const name of names) declare(name, "let", undefined, cell)
  } else {
    const { name } = statement as ts.DeclarationStatement
    if (!name || !ts.isIdentifier(name)) return
    const declared = declare(name.text, kind, statement, cell)
    if (ts.isFunctionDeclaration(statement)) {
      if (!isDocumented(statement, file)) declared.at = name.getStart(file)
      if (!statement.type) declared.inferred = true
      declared.said = saidType(statement, file)
    }
    if (hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) {
      if (kind !== "type") cell.exportedBehind.push(name.text)
    } else exportIt(statement, file, cell)
  }
}

/** In the comments before everything else. */
function referencesIn(text: string): string[] {
  const [start = ""] = /^(?:[^\S\n]*(?:\/\/[^\n]*)?(?:\n|$))*/.exec(text) ?? []
  return start.split("\n").filter((line) => /^\s*\/\/\/\s*<reference\s/.test(line))
}

function readVariables(statement: ts.VariableStatement, file: ts.SourceFile, cell: CellSyntax): void {
  const kind = variableKind(statement.declarationList)
  // Disposed at the end of the cell: nothing that a later one could use, and `export using` is no syntax.
  if (kind === undefined) {
    for (const { name } of statement.declarationList.declarations) cell.ownNames.push(...boundNames(name))
    return
  }
  const isScript = /\.jsx?$/.test(file.fileName)
  const documentation = isDocumented(statement, file) ? documentationOf(statement, file) : undefined
  for (const declaration of statement.declarationList.declarations) {
    const { name, type, initializer } = declaration
    for (const each of boundIdentifiers(name)) {
      const declared = declare(each.text, kind, statement, cell)
      if (documentation === undefined || !isScript) declared.at = each.getStart(file)
      if (documentation !== undefined && !isScript) declared.documentation = documentation
      if (!ts.isIdentifier(name)) declared.inferred = true
      else {
        declared.said = saidType(declaration, file)
        if (type || !initializer || isSymbol(initializer)) continue
        declared.inferred = true
        if (kind === "const" && isLiteral(initializer)) declared.literal = initializer.getText(file)
      }
    }
  }
  exportIt(statement, file, cell)
}

function isDocumented(statement: ts.Statement, file: ts.SourceFile): boolean {
  return file.text.slice(statement.pos, statement.getStart(file)).includes("/**")
}

function documentationOf(statement: ts.Statement, { text }: ts.SourceFile): string | undefined {
  const comments = ts.getLeadingCommentRanges(text, statement.pos) ?? []
  return comments.map(({ pos, end }) => text.slice(pos, end)).findLast((comment) => comment.startsWith("/**"))
}

function isLiteral(node: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(node))
    return node.operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(node.operand)
  const isBoolean = node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword
  return isBoolean || ts.isNumericLiteral(node) || ts.isStringLiteral(node) || ts.isBigIntLiteral(node)
}

/** The type of a constant that is `Symbol()` or `Symbol.for("s")` is that constant, as if the cell said so. */
function isSymbol(node: ts.Expression): boolean {
  return ts.isCallExpression(node) && /^Symbol(?:\s*\.\s*for)?$/.test(node.expression.getText())
}

function declare(
  name: string,
  kind: NameKind,
  statement: ts.Statement | undefined,
  cell: CellSyntax,
): DeclaredName {
  const ambient = statement !== undefined && hasModifier(statement, ts.SyntaxKind.DeclareKeyword)
  const { DefaultKeyword, ExportKeyword } = ts.SyntaxKind
  // The default export of a name does not have that name.
  if (statement && hasModifier(statement, ExportKeyword) && !hasModifier(statement, DefaultKeyword))
    cell.exported.add(name)
  const known = cell.declared.find((other) => other.name === name)
  const declared = known ?? { name, kind, ambient }
  if (!known) cell.declared.push(declared)
  // A class and an interface of one name are one thing with a value.
  else if (known.kind === "type") Object.assign(known, { kind, ambient })
  if (kind === "type") declared.typeParameters = parametersOf(statement as ts.Statement & TypeStatement)
  if (kind === "type" && ts.isModuleDeclaration(statement!)) declared.isNamespace = true
  return declared
}

type TypeStatement = Pick<ts.InterfaceDeclaration | ts.TypeAliasDeclaration, "typeParameters">

/** A namespace in which nothing has a value has none itself. */
function holdsTypesOnly(statement: ts.Statement): boolean {
  if (!ts.isModuleDeclaration(statement)) return false
  const { body } = statement
  if (!body) return false
  if (ts.isModuleDeclaration(body)) return holdsTypesOnly(body)
  const isType = (each: ts.Statement) => ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)
  return ts.isModuleBlock(body) && body.statements.every((each) => isType(each) || holdsTypesOnly(each))
}

/** With what is said of them, where that can be said in any module. */
function parametersOf({ typeParameters = [] as never }: TypeStatement): string[] {
  const isPlain = (node: ts.Node) => isPlainType(node.getText())
  return typeParameters.map(({ name, constraint, default: otherwise }) => {
    const bound = constraint && isPlain(constraint) ? ` extends ${constraint.getText()}` : ""
    return name.text + bound + (otherwise ? ` = ${isPlain(otherwise) ? otherwise.getText() : "any"}` : "")
  })
}

function exportIt(statement: ts.Statement, file: ts.SourceFile, cell: CellSyntax): void {
  const { DeclareKeyword, ExportKeyword } = ts.SyntaxKind
  if (hasModifier(statement, DeclareKeyword) || hasModifier(statement, ExportKeyword)) return
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return
  cell.insertions.push({ at: statement.getStart(file), text: "export " })
}

function hasModifier(statement: ts.Statement, kind: ts.SyntaxKind): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some((modifier) => modifier.kind === kind) ?? false
}

/** undefined for `using`. */
function variableKind({ flags }: ts.VariableDeclarationList): NameKind | undefined {
  const block = flags & ts.NodeFlags.BlockScoped
  if (block === ts.NodeFlags.Using || block === ts.NodeFlags.AwaitUsing) return undefined
  return block === ts.NodeFlags.Const ? "const" : "let"
}

const declarationKinds: ReadonlyMap<ts.SyntaxKind, NameKind> = new Map([
  [ts.SyntaxKind.FunctionDeclaration, "function"],
  [ts.SyntaxKind.ClassDeclaration, "class"],
  [ts.SyntaxKind.EnumDeclaration, "enum"],
  [ts.SyntaxKind.ModuleDeclaration, "namespace"],
  // `import x = require("x")` and `import x = a.b`: a value, a type and a namespace at once.
  [ts.SyntaxKind.ImportEqualsDeclaration, "namespace"],
  [ts.SyntaxKind.InterfaceDeclaration, "type"],
  [ts.SyntaxKind.TypeAliasDeclaration, "type"],
])

function boundNames(name: ts.BindingName): string[] {
  return boundIdentifiers(name).map(({ text }) => text)
}

function boundIdentifiers(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name]
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundIdentifiers(element.name),
  )
}

/** `var` in a block or loop belongs to the whole cell. */
function hoistedVars(root: ts.Node): string[] {
  const names: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0)
      for (const { name } of node.declarations) names.push(...boundNames(name))
    ts.forEachChild(node, visit)
  }
  visit(root)
  return names
}

function readImport({ importClause, moduleSpecifier }: ts.ImportDeclaration, cell: CellSyntax): void {
  if (!ts.isStringLiteral(moduleSpecifier)) return
  const specifier = moduleSpecifier.text
  const typeOnly = importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  if (!typeOnly) cell.specifiers.push(specifier)
  if (!importClause) return
  const add = (name: string, imported: string, type = typeOnly) =>
    cell.imported.push({ name, specifier, imported, typeOnly: type })
  if (importClause.name) add(importClause.name.text, "default")
  const bindings = importClause.namedBindings
  if (bindings && ts.isNamespaceImport(bindings)) add(bindings.name.text, "*")
  else if (bindings)
    for (const { name, propertyName, isTypeOnly } of bindings.elements)
      add(name.text, (propertyName ?? name).text, typeOnly || isTypeOnly)
}

function isPlainImport({ importClause, moduleSpecifier, attributes }: ts.ImportDeclaration): boolean {
  if (!importClause?.namedBindings || attributes || !ts.isStringLiteral(moduleSpecifier)) return false
  if (importClause.name || importClause.phaseModifier !== undefined) return false
  const { namedBindings } = importClause
  if (ts.isNamespaceImport(namedBindings)) return true
  return namedBindings.elements.every(
    ({ propertyName, isTypeOnly }) =>
      !isTypeOnly && (propertyName === undefined || ts.isIdentifier(propertyName)),
  )
}

function readExport(statement: ts.ExportDeclaration, file: ts.SourceFile, cell: CellSyntax): void {
  const { exportClause, moduleSpecifier, isTypeOnly } = statement
  // Nobody imports a cell: the compiled list would be getters where the variables of all cells are.
  if (!isTypeOnly) cell.insertions.push({ at: statement.getStart(file) + "export".length, text: " type" })
  if (moduleSpecifier && ts.isStringLiteral(moduleSpecifier) && !isTypeOnly)
    cell.specifiers.push(moduleSpecifier.text)
  if (exportClause && ts.isNamedExports(exportClause))
    for (const { name } of exportClause.elements) cell.exported.add(name.text)
}
