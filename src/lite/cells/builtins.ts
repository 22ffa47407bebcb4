import * as buffer from "node:buffer"
import * as crypto from "node:crypto"
import * as events from "node:events"
import * as fs from "node:fs"
import * as promises from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as timers from "node:timers/promises"
import * as url from "node:url"
import * as util from "node:util"
import * as zlib from "node:zlib"

/** What cells may import of Node's: as much of each module as prelab itself needs in a browser. */
export const builtins: ReadonlyMap<string, object> = new Map(
  Object.entries({
    ...{
      buffer,
      crypto,
      events,
      fs,
      "fs/promises": promises,
      os,
      path,
      "timers/promises": timers,
      url,
      util,
      zlib,
    },
  }).flatMap(([name, module]) => [
    [name, module],
    [`node:${name}`, module],
  ]),
)
