import { defineLayer } from "./layer-type.js"
import { section } from "./param.js"
import { UnsupportedLayer } from "./problems.js"

/**
 * DetectionOutput decodes SSD's boxes and drops those that overlap better ones (detection_output_layer.cpp): how many are left depends
 * on the values, and here every shape is known before any data flows. Nets run up to it: its bottoms hold all it reads.
 */
export const detectionOutput = defineLayer<unknown>({
  type: "DetectionOutput",
  parse: (message) => section(message, "detection_output_param"),
  refusal: ({ name, bottoms }) =>
    new UnsupportedLayer("output size depends on data", `DetectionOutput in layer ${name}`, {
      hint: `ask for ${bottoms.map(({ blob }) => blob).join(", ")}`,
    }),
  shape: () => [],
  forward: () => [],
  bound: () => [],
})
