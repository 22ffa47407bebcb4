import type { Transform } from "../../kernel/language/transforms.js"
import { keepsContext } from "./keeps-context.js"

/** What compiled text needs besides, where cells run in a browser. */
export const platformTransforms: readonly Transform[] = [keepsContext]
