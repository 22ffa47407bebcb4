import { PrelabError } from "../error.js"
import { nameOf, readSource, type Source } from "./source.js"

/**
 * Loads a JSON file, such as a recorded training history.
 * @throws PrelabError naming the file when it is missing or no JSON
 */
export async function loadJson(source: Source): Promise<unknown> {
  const text = Buffer.from(await readSource(source)).toString("utf8")
  try {
    return JSON.parse(text)
  } catch (cause) {
    const file = nameOf(source)
    throw new PrelabError("not valid JSON", (cause as Error).message, { ...(file ? { file } : {}), cause })
  }
}
