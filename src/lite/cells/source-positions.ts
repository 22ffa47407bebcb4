import type { Position } from "../../kernel/positions.js"
import { SourcePositions as Positions } from "../../kernel/run/source-positions.js"

/** A text that a browser runs begins with the line that makes it a function; Node counts that as line 0. */
export class SourcePositions extends Positions {
  override originOf({ line, column }: Position): Position | undefined {
    return super.originOf({ line: line - 1, column })
  }
}
