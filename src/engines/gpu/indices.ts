import type { GpuBackend } from "./gpu-js.js"

/**
 * Spells the whole numbers of a kernel, `index i = …;` and loop counters, as one backend keeps them whole.
 *
 * gpu.js gives an integer `const` or `let` the type of a float ("int-typed initializers decay to float
 * declarations"). Where the text is a shader, a variable that starts as a literal and is counted up once
 * stays an integer. On `webasm` nothing does, loop counters included, because its second walk over the text
 * takes the literal for an integer expression; then every index costs a conversion with two branches, and
 * convolutions take 1.6 times as long. There a boolean is the one variable that is kept as an integer, and
 * `|` reads and writes it as one.
 */
export function withIndices(body: string, backend: GpuBackend): string {
  if (backend === "cpu") return body.replace(DECLARATION, "const $1 = ($2) | 0;")
  if (backend === "webgl2" || backend === "headlessgl") return inOpenGl(body)
  if (backend !== "webasm") return body.replace(DECLARATION, "let $1 = 0; $1++; $1 = $2;")
  const declared = [...body.matchAll(DECLARATION)].map(([, name]) => name!)
  const counters = [...body.matchAll(COUNTER)].map(([, name]) => name!)
  const whole = new RegExp(
    `(?<![.\\w]|let )(${[...declared, ...counters].join("|")})\\b(?! \\|= |\\+\\+)`,
    "g",
  )
  return body
    .replace(DECLARATION, "let $1 = false; $1 |= $2;")
    .replace(COUNTER, "for (let $1 = false;")
    .replace(whole, "($1 | 0)")
}

/**
 * OpenGL's shaders convert nothing by themselves, and gpu.js converts no assigned value for them. It has its
 * own `|` there, a loop over bits that is wrong below zero (-1 | 0 is 0), and its own `>>`, which makes a
 * whole number of a table's value and of a quotient.
 */
function inOpenGl(body: string): string {
  return body
    .replace(DECLARATION, (_, name: string, value: string) => {
      const number = value.replaceAll(FROM_TABLE, "")
      const whole = /[/[]|Math\./.test(number) ? `(${number}) >> 0` : number
      return `let ${name} = 0; ${name}++; ${name} = ${whole};`
    })
    .replaceAll(FROM_TABLE, "")
}

/** A table's value may be read as it is where it is not assigned. */
const FROM_TABLE = / \| 0\b/g

const DECLARATION = /\bindex (\w+) = ([^;]*);/g
const COUNTER = /\bfor \(let (\w+) = 0;/g
