export * as controls from "./controls/index.js"
export { defineWidget, type WidgetDefinition, type WidgetKind } from "./define-widget.js"
export { type LinkOptions, link } from "./link.js"
export type { CommandContext, WidgetCommand, WidgetCommands } from "./serve-commands.js"
