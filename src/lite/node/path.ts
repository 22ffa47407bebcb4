export * from "pathe"
export { default } from "pathe"
