import ts from "typescript"
import { everywhere, type Transform } from "./transforms.js"

const { factory } = ts

/**
 * `enum Mode { read = Flag.a, write }`, where `Flag` stands in another cell or file: the checker knows what comes after
 * its `a`, the compiler, which sees one text, does not, and would make `write` undefined. It becomes `write = read + 1`.
 */
export const countedMembers: Transform = everywhere((node) => {
  if (!ts.isEnumDeclaration(node)) return node
  const members: ts.EnumMember[] = []
  for (const member of node.members) members.push(counted(member, members.at(-1)))
  return factory.updateEnumDeclaration(node, node.modifiers, node.name, members)
})

function counted(member: ts.EnumMember, before: ts.EnumMember | undefined): ts.EnumMember {
  if (member.initializer || !before?.initializer || isPlain(before.initializer)) return member
  if (!ts.isIdentifier(before.name)) return member
  const next = factory.createAdd(before.name, factory.createNumericLiteral(1))
  return factory.updateEnumMember(member, member.name, next)
}

/** What the compiler counts on from by itself. */
function isPlain(value: ts.Expression): boolean {
  return ts.isPrefixUnaryExpression(value) ? isPlain(value.operand) : ts.isLiteralExpression(value)
}
