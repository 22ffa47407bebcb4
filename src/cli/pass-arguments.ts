import { PrelabError } from "../error.js"
import { readNpy } from "../formats/npy.js"
import { readSource } from "../formats/source.js"
import type { Blob } from "../net/index.js"
import { type Arguments, namedPositionals, pairOf, textFlag } from "./arguments.js"

/** What a pass through a net is given and where its blobs go: `NET [WEIGHTS] --input BLOB=FILE… --out DIR`. */
export interface PassArguments {
  readonly prototxt: string
  readonly weights: string | undefined
  readonly out: string
  /** Reads the blobs of `--input`, given once each or one after the other. */
  readInputs(): Promise<Record<string, Blob>>
}

export function passArguments(args: Arguments): PassArguments {
  const extra = args.positionals.filter((text, i) => i > 0 && text.includes("="))
  const [prototxt, weights] = namedPositionals(
    args.positionals.filter((text) => !extra.includes(text)),
    ["NET", "[WEIGHTS]"],
  )
  const out = textFlag(args, "out")
  if (out === undefined) throw new PrelabError("argument missing", "--out DIR")
  return { prototxt: prototxt!, weights, out, readInputs: () => inputFlags(args, extra) }
}

/** The blobs of `--input BLOB=FILE.npy`, and of more such pairs behind it. */
export async function inputFlags(
  args: Arguments,
  more: readonly string[] = [],
): Promise<Record<string, Blob>> {
  const pairs = [...((args.flags.input as readonly string[] | undefined) ?? []), ...more].map(pairOf)
  const blobs: Record<string, Blob> = {}
  for (const [name, file] of pairs) {
    const bytes = await readSource(file)
    try {
      blobs[name] = readNpy(bytes)
    } catch (error) {
      throw error instanceof PrelabError && error.place.file === undefined ? error.at({ file }) : error
    }
  }
  return blobs
}

/** Layer and blob names may hold slashes; file names may not. `Names` keeps apart those alike without them. */
export function safe(name: string): string {
  return name.replaceAll("/", "_")
}
