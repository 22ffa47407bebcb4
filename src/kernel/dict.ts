// Types that declarations in scope of every cell mention. They stand alone: the checker reads whatever these
// files import before the first cell runs, and Jupyter's message types take it a second.

/** A JSON object. */
export type Dict = Record<string, unknown>

/** One value in several forms: MIME type by MIME type. */
export type Mimebundle = Record<string, unknown>
