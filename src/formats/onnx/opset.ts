/**
 * The operators that exported nets are made of, and the file format that came with them (ONNX 1.12, 2022):
 * old enough for the runtimes and converters in use, new enough for all that a layer here needs.
 */
export const OPSET = 17
export const IR_VERSION = 8
