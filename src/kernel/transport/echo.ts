import type { Router } from "./transport.js"

/** The heartbeat: sends every message back to whom it came from, until the socket is closed. */
export async function echo(router: Router): Promise<void> {
  for await (const frames of router) void router.send(frames)
}
