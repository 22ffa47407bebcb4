import "../node/globals.js"
import * as prelab from "../../index.js"
import { mimeBundle } from "../../kernel/mime-bundle.js"

Object.assign(globalThis, { prelab, mimeBundle })
