import type { ExportReport } from "../formats/onnx/index.js"
import { formatShape } from "../net/index.js"
import type { Shown } from "./shown.js"
import { table } from "./table.js"

const columns = [{ head: "blob" }, { head: "shape" }, { head: "is" }]

/** What an exported file reads and gives. */
export function showExport(report: ExportReport): Shown {
  const text = String(report)
  const rowsOf = (blobs: ExportReport["inputs"], is: string) =>
    blobs.map(({ name, shape }) => [name, formatShape(shape), is])
  const rows = [...rowsOf(report.inputs, "input"), ...rowsOf(report.outputs, "output")]
  return { html: table({ caption: text, columns, rows }), text }
}
