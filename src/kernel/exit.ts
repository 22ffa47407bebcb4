/** Ends the process. `process.exit` itself belongs to the cells: there it means the notebook's session. */
export const exitProcess: (code: number) => never = process.exit.bind(process)
