// The Python environment with ONNX's checker, below .cache, and what the checker says of a file.
import { attempt } from "../../../src/setup/command.mjs"
import { ensurePython } from "../../../src/setup/environment.mjs"
import { binary, inRoot } from "../../../src/setup/paths.mjs"

const folder = inRoot(".cache", "onnx-venv")

export function ensureChecker() {
  const requirements = inRoot("test", "formats", "onnx", "requirements.txt")
  return ensurePython({ folder, requirements, title: "installing ONNX's checker", proof: "onnx.checker" })
}

/**
 * Full check: the structure, and every shape inferred again. Then what the file's outputs are, as the checker's own inference has them.
 * @param {string[]} files
 * @returns {Promise<{ status: number, output: string }>}
 */
export function checkFiles(files) {
  const program = `
import onnx, sys
for file in sys.argv[1:]:
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    assert len(inferred.graph.output) == len(model.graph.output)
print("checked", len(sys.argv) - 1)`
  return attempt(binary(folder, "python"), ["-c", program, ...files])
}
