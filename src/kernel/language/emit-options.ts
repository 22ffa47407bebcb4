import ts from "typescript"

/** What the reader's tsconfig says about the JavaScript that cells and files become: JSX, decorators, class fields. */
export function emitOptionsOf(options: ts.CompilerOptions): ts.CompilerOptions {
  const { jsxFactory, jsxFragmentFactory, jsxImportSource } = options
  const { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields } = options
  const chosen = {
    jsx: jsxEmit(options.jsx),
    ...{ jsxFactory, jsxFragmentFactory, jsxImportSource },
    ...{ experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields },
  }
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
}

/** JSX has to be compiled in any case: what a bundler would be left to do, nobody else does here. */
function jsxEmit(jsx: ts.JsxEmit | undefined): ts.JsxEmit {
  const { React, ReactJSX, ReactJSXDev } = ts.JsxEmit
  return jsx === React || jsx === ReactJSXDev ? jsx : ReactJSX
}

/** The names that compiled JSX uses and that no text mentions, such as `React`; none where it imports its own. */
export function jsxNames({ jsx, jsxFactory, jsxFragmentFactory }: ts.CompilerOptions): string[] {
  if (jsx !== ts.JsxEmit.React) return []
  const root = (name: string) => name.split(".")[0]!
  return [root(jsxFactory ?? "React.createElement"), root(jsxFragmentFactory ?? "React.Fragment")]
}
