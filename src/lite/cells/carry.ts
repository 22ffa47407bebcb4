import { carryThroughCallbacks } from "../node/async-hooks.js"

// Before any module keeps a promise's `then` or a timer for itself.
carryThroughCallbacks()
