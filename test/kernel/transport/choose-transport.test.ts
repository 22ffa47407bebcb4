import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { chooseTransport } from "../../../src/kernel/transport/choose-transport.js"

const built = new URL("../../../dist/kernel/transport/choose-transport.js", import.meta.url).href
const breaker = fileURLToPath(new URL("broken-addon.cjs", import.meta.url))

/** The choice in a process in which the addon does not load. */
function chosenWithout(wish: string): string {
  const code = `
    const { chooseTransport } = await import(${JSON.stringify(built)})
    try {
      const { transport, why } = chooseTransport()
      console.log(transport.name, transport.curve, why)
    } catch (error) {
      console.log(error.name, error.message)
    }`
  const args = ["--require", breaker, "--input-type=module", "--eval", code]
  const env = { ...process.env, PRELAB_TRANSPORT: wish }
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env })
  return stdout + stderr
}

describe("the choice of a transport", () => {
  const log = () => {}

  it("is zmtp, which needs no addon", () => {
    const { transport, why } = chooseTransport(log, "")
    expect([transport.name, transport.curve, why]).toEqual(["zmtp", false, "it needs no addon"])
  })

  it("is zeromq where the connection has to be encrypted", () => {
    const { transport } = chooseTransport(log, "", { curve: true })
    expect([transport.name, transport.detail]).toEqual(["zeromq", expect.stringMatching(/^libzmq 4\./)])
  })

  it("is the one that is asked for by name", () => {
    const chosen = ["zeromq", "zmtp"].map((name) => chooseTransport(log, name))
    expect(chosen.map(({ transport, why }) => [transport.name, why])).toEqual([
      ["zeromq", "PRELAB_TRANSPORT=zeromq"],
      ["zmtp", "PRELAB_TRANSPORT=zmtp"],
    ])
  })

  it("of a name that does not exist is an error that names those that do", () => {
    for (const name of ["tcp", "toString"])
      expect(() => chooseTransport(log, name)).toThrow(
        `unknown transport: ${name}; PRELAB_TRANSPORT is zeromq or zmtp`,
      )
  })

  it("is zmtp where the addon does not load", () => {
    expect(chosenWithout("")).toBe("zmtp false it needs no addon\n")
  })

  it("of zeromq where the addon does not load is an error that names the way out", () => {
    expect(chosenWithout("zeromq")).toBe(
      "PrelabError zeromq does not load: invalid ELF header; PRELAB_TRANSPORT=zmtp does without\n",
    )
  })
})

describe("encryption", () => {
  const keys = { publicKey: "p".repeat(40), secretKey: "s".repeat(40) }

  it("is refused by the transport that has none, instead of left out", async () => {
    const { transport } = chooseTransport(() => {}, "zmtp")
    for (const verb of ["bindRouter", "bindPublisher"] as const)
      await expect(transport[verb]("tcp://127.0.0.1:0", { curve: keys })).rejects.toThrow(
        "zmtp transport cannot encrypt: curve; zeromq can, where it loads",
      )
  })
})
