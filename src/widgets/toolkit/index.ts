export { defineWidget, type WidgetDefinition, type WidgetKind } from "./define-widget.js"
export type { CommandContext, WidgetCommand, WidgetCommands } from "./serve-commands.js"
