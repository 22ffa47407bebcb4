import type { Transform } from "./transforms.js"

/** What compiled text needs besides, where cells run. In Node it is nothing. */
export const platformTransforms: readonly Transform[] = []
