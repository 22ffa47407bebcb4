import type { Page } from "playwright-core"
import type { Net } from "../../src/net/index.js"
import { type SlopeExplorerOptions, slopeExplorer } from "../../src/widgets/explore-slopes.js"
import { mountWidget } from "./mounted-widget.js"
import { onWire } from "./wire.js"

/** An explorer whose comm ends here instead of in a notebook. */
export function explorerOnWire(net: Net, options: SlopeExplorerOptions) {
  const { made, receive, ...rest } = onWire(() => slopeExplorer(net, options))
  return { explorer: made, receive: (state: object) => receive({ state }), ...rest }
}

/** Puts an explorer's front end on a page. */
export async function mountExplorer(page: Page, net: Net, options: SlopeExplorerOptions) {
  const { made, ...rest } = await mountWidget(page, "slope-explorer", () => slopeExplorer(net, options))
  return { explorer: made, ...rest }
}
