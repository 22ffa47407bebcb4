import module from "node:module"
import { cacheFolder } from "./cache-folder.js"

// Node from 22.1 on can keep what V8 has compiled, and need not compile it at the next start: a kernel's first result
// comes a tenth of a second earlier. In a folder of the user's own, as what lies there is run; where it cannot be
// written, Node does without. A thread has to ask for itself, before it loads what is large: this is its first import.
const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown }
enableCompileCache?.(cacheFolder("compiled"))
