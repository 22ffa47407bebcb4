export { defineWidget, type WidgetDefinition, type WidgetKind } from "./define-widget.js"
export type { WidgetCommand, WidgetCommands } from "./serve-commands.js"
