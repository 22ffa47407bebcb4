import ts from "typescript"
import { isPlainType } from "./plain-type.js"

const { SyntaxKind } = ts

/**
 * The type of a variable or function, where its own words say it and it means the same in every module: then the type
 * checker, another process, need not be asked. Undefined anywhere else. Holds for cells without type errors only.
 */
export function saidType(
  declaration: ts.VariableDeclaration | ts.FunctionDeclaration,
  file: ts.SourceFile,
): string | undefined {
  const said = ts.isFunctionDeclaration(declaration)
    ? functionType(declaration, file)
    : variableType(declaration, file)
  return said !== undefined && !said.includes("\n") && isPlainType(said) ? said : undefined
}

function variableType(
  { type, initializer, parent }: ts.VariableDeclaration,
  file: ts.SourceFile,
): string | undefined {
  if (type) return type.getText(file)
  if (!initializer) return undefined
  const known = primitiveOf(initializer)
  // Of a constant the type is the literal itself.
  return known && (known.isWide || (parent.flags & ts.NodeFlags.Const) === 0) ? known.type : undefined
}

function functionType(
  { name, modifiers, asteriskToken, typeParameters, parameters, type, body }: ts.FunctionDeclaration,
  file: ts.SourceFile,
): string | undefined {
  if (!name || modifiers || asteriskToken || typeParameters || !type || !body) return undefined
  if (isOverloaded(name.text, file) || mayGetMembers(name.text, file)) return undefined
  const isSaid = parameters.every(
    (each) => each.type && !each.initializer && !each.dotDotDotToken && ts.isIdentifier(each.name),
  )
  if (!isSaid) return undefined
  return `(${parameters.map((each) => each.getText(file)).join(", ")}) => ${type.getText(file)}`
}

/** Several signatures are one type, and a namespace of the same name adds to it. */
function isOverloaded(name: string, { statements }: ts.SourceFile): boolean {
  const named = statements.filter((each) => (each as ts.DeclarationStatement).name?.getText() === name)
  return named.length > 1
}

/** `f.count = 0` gives the type of a function a property. */
function mayGetMembers(name: string, file: ts.SourceFile): boolean {
  const [, ...behind] = file.text.split(name)
  return behind.some((rest) => /^\s*[.[/]/.test(rest))
}

interface Primitive {
  type: "number" | "string" | "boolean"
  /** Whether it is more than one literal. */
  isWide: boolean
}

/** What an expression is by its operators, whatever its names stand for. */
function primitiveOf(node: ts.Expression): Primitive | undefined {
  if (ts.isParenthesizedExpression(node)) return primitiveOf(node.expression)
  if (ts.isNumericLiteral(node)) return { type: "number", isWide: false }
  if (ts.isStringLiteralLike(node)) return { type: "string", isWide: false }
  // Of constants the compiler makes another constant.
  if (ts.isTemplateExpression(node)) return { type: "string", isWide: false }
  if (node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword)
    return { type: "boolean", isWide: false }
  return ts.isBinaryExpression(node) ? binaryOf(node) : undefined
}

function binaryOf({ operatorToken, left, right }: ts.BinaryExpression): Primitive | undefined {
  const { kind } = operatorToken
  if (comparisons.has(kind)) return { type: "boolean", isWide: true }
  const sides = [primitiveOf(left)?.type, primitiveOf(right)?.type]
  if (kind === SyntaxKind.PlusToken) {
    if (sides.includes("string")) return { type: "string", isWide: true }
    return sides.every((side) => side === "number") ? { type: "number", isWide: true } : undefined
  }
  // A bigint is not multiplied with a number.
  return arithmetic.has(kind) && sides.includes("number") ? { type: "number", isWide: true } : undefined
}

const comparisons: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.EqualsEqualsToken,
  SyntaxKind.EqualsEqualsEqualsToken,
  SyntaxKind.ExclamationEqualsToken,
  SyntaxKind.ExclamationEqualsEqualsToken,
  SyntaxKind.LessThanToken,
  SyntaxKind.LessThanEqualsToken,
  SyntaxKind.GreaterThanToken,
  SyntaxKind.GreaterThanEqualsToken,
  SyntaxKind.InstanceOfKeyword,
  SyntaxKind.InKeyword,
])

const arithmetic: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.AsteriskToken,
  SyntaxKind.AsteriskAsteriskToken,
  SyntaxKind.SlashToken,
  SyntaxKind.PercentToken,
  SyntaxKind.MinusToken,
  SyntaxKind.LessThanLessThanToken,
  SyntaxKind.GreaterThanGreaterThanToken,
  SyntaxKind.AmpersandToken,
  SyntaxKind.BarToken,
  SyntaxKind.CaretToken,
])
