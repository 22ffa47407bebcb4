import ts from "typescript"

/** What the reader's tsconfig says about the JavaScript that cells and files become: JSX, decorators, class fields. */
export function emitOptionsOf(options: ts.CompilerOptions): ts.CompilerOptions {
  const { jsxFactory, jsxFragmentFactory, jsxImportSource } = options
  const { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields } = options
  const chosen = {
    jsx: options.jsx ?? ts.JsxEmit.ReactJSX,
    ...{ jsxFactory, jsxFragmentFactory, jsxImportSource },
    ...{ experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields },
  }
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
}
