// npm run dev: JupyterLab whose widgets change while their sources in widgets/ are edited. Options go to `prelab lab`.
import { watchWidgets } from "./watch-widgets.mjs"

// The kernels of the server inherit it: src/widgets/front-end.ts reads it.
process.env.PRELAB_DEV = "1"
await import("./start.mjs")
await watchWidgets((line) => process.stderr.write(`${line}\n`))
