import ts from "typescript"
import { widens } from "./widens-modules.js"

/** Something that a module declares for others, by a name of its own: `global x`, `global Array.middle`, `"m" f`. */
interface Part {
  name: string
  node: ts.Node
}

/** The names of what stands in `declare global { … }` or `declare module "m" { … }`: of an interface its members'. */
export function widenedNames(declaration: ts.ModuleDeclaration): string[] {
  return partsOf(declaration).map(({ name }) => name)
}

/** A module without what it declares for others under these names, which belong to another module now. */
export function withoutWidened(text: string, fileName: string, names: ReadonlySet<string>): string {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2022, true)
  const parts = file.statements.filter(widens).flatMap(partsOf)
  const gone = new Set(parts.filter(({ name }) => names.has(name)).map(({ node }) => node))
  let left = text
  for (const node of [...gone].reverse()) {
    const [start, end] = rangeOf(node, gone, file)
    left = left.slice(0, start) + left.slice(end)
  }
  return left
}

function partsOf({ name: { text, kind }, body }: ts.ModuleDeclaration): Part[] {
  const module = kind === ts.SyntaxKind.StringLiteral ? JSON.stringify(text) : text
  const statements = body && ts.isModuleBlock(body) ? body.statements : []
  return statements.flatMap(partsIn).map(({ name, node }) => ({ name: `${module} ${name}`, node }))
}

/** Interfaces and namespaces of one name are one: each may have members that the others do not. */
function partsIn(statement: ts.Statement): Part[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((node) => ({ name: node.name.getText(), node }))
  const name = (statement as ts.DeclarationStatement).name?.getText()
  if (name === undefined) return []
  const within = membersOf(statement).map((part) => ({ ...part, name: `${name}.${part.name}` }))
  return within.length > 0 ? within : [{ name, node: statement }]
}

function membersOf(statement: ts.Statement): Part[] {
  if (ts.isInterfaceDeclaration(statement))
    return statement.members.map((node) => ({ name: node.name?.getText() ?? "", node }))
  const body = ts.isModuleDeclaration(statement) ? statement.body : undefined
  return body && ts.isModuleBlock(body) ? body.statements.flatMap(partsIn) : []
}

/** What goes with a part: of `var a, b` a comma, or all of it. */
function rangeOf(
  node: ts.Node,
  gone: ReadonlySet<ts.Node>,
  file: ts.SourceFile,
): [start: number, end: number] {
  if (!ts.isVariableDeclaration(node)) return [node.getStart(file), node.end]
  const { declarations } = node.parent as ts.VariableDeclarationList
  const at = declarations.indexOf(node)
  const statement = node.parent.parent
  if (declarations.every((each) => gone.has(each)))
    return at === 0 ? [statement.getStart(file), statement.end] : [node.end, node.end]
  const isFirstLeft = declarations.slice(0, at).every((each) => gone.has(each))
  return isFirstLeft
    ? [node.getStart(file), declarations[at + 1]!.getStart(file)]
    : [declarations[at - 1]!.end, node.end]
}
