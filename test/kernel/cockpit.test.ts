import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"
import { KernelClient, resultText, withLibrary } from "./client.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

let kernel: KernelClient
let model: string
beforeAll(async () => {
  kernel = await KernelClient.start({ program: withLibrary })
  const { reply, outputs } = await kernel.execute(`
    const items = { data: await loadArray("${data}/digits-100.npy"), labels: await loadArray("${data}/digits-100-labels.npy") }
    const cockpit = await trainingCockpit({ net: lenet(), base_lr: 0.01, lr_policy: "fixed", max_iter: 100_000 }, items)
    cockpit`)
  expect(reply.content).toMatchObject({ status: "ok" })
  model = String(outputs.find((m) => m.header.msg_type === "comm_open")!.content.comm_id)
})
afterAll(async () => {
  await kernel.close()
})

let questions = 0
/** A button of the page. */
async function press(name: string): Promise<void> {
  const content = { id: `q${++questions}`, kind: "anywidget-command", name, msg: null }
  await kernel.send("shell", "comm_msg", { comm_id: model, data: { method: "custom", content } })
}

async function ask(expression: string): Promise<string> {
  return String(resultText(await kernel.execute(expression)))
}

async function until(expression: string): Promise<void> {
  for (;;) if ((await ask(expression)) === "true") return
}

it("trains while cells run, and a Stop of the idle kernel pauses it with the net so far", async () => {
  await press("start")
  await until("cockpit.run.iteration > 2")
  expect(await ask('cockpit.widget.get("phase")')).toBe("'training'")
  await kernel.request("control", "interrupt_request", {})
  await until('cockpit.widget.get("phase") === "paused"')
  const reached = Number(await ask("cockpit.run.iteration"))
  expect(reached).toBeGreaterThan(2)
  expect(await ask("cockpit.net.parameters")).toBe(String(431_080 + 570))
  expect(await ask("cockpit.run.iteration")).toBe(String(reached))
})

it("goes on after the Stop, and a Stop of a cell that waits for it pauses it too", async () => {
  const before = Number(await ask("cockpit.run.iteration"))
  const id = await kernel.sendCell("await cockpit.start()")
  await kernel.until(() => kernel.of(id).some((m) => m.content.execution_state === "busy"))
  // What the page sees: this cell's training grows.
  await kernel.until(() =>
    kernel.iopubMessages.some(({ header, content }) => {
      const { state } = (content.data ?? {}) as { state?: { run?: { iteration: number } } }
      return header.msg_type === "comm_msg" && Number(state?.run?.iteration) > before
    }),
  )
  await kernel.request("control", "interrupt_request", {})
  expect((await kernel.finished(id)).reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
  await until('cockpit.widget.get("phase") === "paused"')
  expect(Number(await ask("cockpit.run.iteration"))).toBeGreaterThan(before)
})

it("gives a page that is loaded again the curves so far", async () => {
  const open = { comm_id: "control", target_name: "jupyter.widget.control", data: {} }
  await kernel.send("shell", "comm_open", open)
  const id = await kernel.send("shell", "comm_msg", {
    comm_id: "control",
    data: { method: "request_states" },
  })
  const answer = await kernel.until(() => kernel.of(id).find((m) => m.header.msg_type === "comm_msg"))
  const { states, buffer_paths } = answer.content.data as {
    states: Record<string, { state: { run: { name: string; iteration: number } } }>
    buffer_paths: (string | number)[][]
  }
  expect(states[model]!.state.run.name).toBe("run 1")
  const loss = buffer_paths.findIndex((path) => path.join(" ") === `${model} state run loss`)
  expect(answer.buffers[loss]!.length).toBe(16 * states[model]!.state.run.iteration)
})
