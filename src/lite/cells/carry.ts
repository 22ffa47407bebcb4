import type { AwaitName } from "../language/await-names.js"
import { carryThroughCallbacks, pause, resume } from "../node/async-hooks.js"

// Before any module keeps a promise's `then` or a timer for itself.
carryThroughCallbacks()

const awaits: Record<AwaitName, unknown> = { __pause: pause, __resume: resume }

// Cells call them by these names.
Object.assign(globalThis, awaits)
