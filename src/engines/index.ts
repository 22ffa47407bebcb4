export type { Backend, CompileOptions, Engine, EngineName, Plan, Ran } from "./engine.js"
export { feed } from "./feed.js"
export { engineOf, Forward, type ForwardOptions, forward, type Top } from "./forward.js"
export { needed, reference } from "./reference.js"
