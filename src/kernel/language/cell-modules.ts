/**
 * The module in which a cell is checked, and in which TypeScript 7 sees what the reader types: one file whose text
 * changes.
 */
export const openModule = "__cell"

/**
 * What the reader types, for the service, and the names of earlier cells that are explained to them, are no cell: the
 * next one is not to find another text in its place.
 */
export const typedModule = "__cell_typed"
export const explainedModule = "__cell_explained"

/** Kernel Gateway assigns the request it serves to this name, in front of the reader's cell. */
export const gatewayModule = "__cell_gateway"
export const gatewayText = "let REQUEST = ''"

/** With its own extension: cells in JavaScript need these types too, and cannot write them. */
export const webAssemblyName = "__cell_web_assembly.ts"
