import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { historyFile, jupyterDataDir, kernelSearchPath } from "../../src/kernel/data-dirs.js"
import { environment } from "../../src/setup/environment.mjs"
import { binary } from "../../src/setup/paths.mjs"

const windows = { USERPROFILE: "C:\\Users\\me", APPDATA: "C:\\Users\\me\\AppData\\Roaming" }

describe("a user's Jupyter folder", () => {
  const table: [platform: string, env: NodeJS.ProcessEnv, folder: string][] = [
    ["linux", { HOME: "/h" }, "/h/.local/share/jupyter"],
    ["linux", { HOME: "/h", XDG_DATA_HOME: "/x" }, "/x/jupyter"],
    ["linux", { HOME: "/h", JUPYTER_DATA_DIR: "/j" }, "/j"],
    ["linux", { HOME: "/h", JUPYTER_PLATFORM_DIRS: "1" }, "/h/.local/share/jupyter"],
    ["darwin", { HOME: "/h" }, "/h/Library/Jupyter"],
    ["darwin", { HOME: "/h", XDG_DATA_HOME: "/x" }, "/h/Library/Jupyter"],
    ["darwin", { HOME: "/h", JUPYTER_PLATFORM_DIRS: "1" }, "/h/Library/Application Support/Jupyter"],
    ["darwin", { HOME: "/h", JUPYTER_PLATFORM_DIRS: "off" }, "/h/Library/Jupyter"],
    ["win32", windows, "C:\\Users\\me\\AppData\\Roaming\\jupyter"],
    ["win32", { USERPROFILE: "C:\\Users\\me" }, "C:\\Users\\me\\.jupyter\\data"],
    ["win32", { USERPROFILE: "C:\\Users\\me", JUPYTER_CONFIG_DIR: "D:\\config" }, "D:\\config\\data"],
    ["win32", { ...windows, JUPYTER_PLATFORM_DIRS: "yes" }, "C:\\Users\\me\\AppData\\Local\\Jupyter"],
    ["win32", { LOCALAPPDATA: "D:\\local", JUPYTER_PLATFORM_DIRS: "1" }, "D:\\local\\Jupyter"],
    ["win32", { ...windows, JUPYTER_DATA_DIR: "D:\\jupyter" }, "D:\\jupyter"],
  ]
  for (const [platform, env, folder] of table)
    it(`is ${folder} on ${platform} with ${Object.keys(env).join(", ")}`, () => {
      expect(jupyterDataDir({ platform, env })).toBe(folder)
    })

  it("has the history of earlier sessions", () => {
    expect(historyFile({ platform: "linux", env: { HOME: "/h" } })).toBe(
      "/h/.local/share/jupyter/prelab/history.jsonl",
    )
  })
})

describe("the search path of kernels", () => {
  const search = (platform: string, env: NodeJS.ProcessEnv, prefix?: string) =>
    kernelSearchPath({ platform, env, prefix }).map((folder) => folder.replace(/[\\/]kernels$/, ""))
  const system = ["/usr/local/share/jupyter", "/usr/share/jupyter"]

  it("is what was asked for, the user's, the system's", () => {
    expect(search("linux", { HOME: "/h", JUPYTER_PATH: "/p:/q/" })).toEqual([
      ...["/p", "/q", "/h/.local/share/jupyter"],
      ...system,
    ])
    expect(search("linux", { HOME: "/h", XDG_DATA_HOME: "/x" })).toEqual([
      ...["/x/jupyter", "/h/.local/share/jupyter"],
      ...system,
    ])
    expect(search("darwin", { HOME: "/h", PYTHONUSERBASE: "/b" })).toEqual([
      ...["/h/Library/Jupyter", "/b/share/jupyter"],
      ...system,
    ])
  })

  it("has a virtual or conda environment before the user's folders, but the first conda one behind", () => {
    const user = "/h/.local/share/jupyter"
    const env = { HOME: "/h", VIRTUAL_ENV: "/venv" }
    expect(search("linux", env).slice(0, 2)).toEqual(["/venv/share/jupyter", user])
    expect(search("linux", { ...env, JUPYTER_PREFER_ENV_PATH: "0" }).slice(0, 2)).toEqual([
      user,
      "/venv/share/jupyter",
    ])
    const conda = { HOME: "/h", CONDA_PREFIX: "/conda", CONDA_DEFAULT_ENV: "base" }
    expect(search("linux", conda).slice(0, 2)).toEqual([user, "/conda/share/jupyter"])
    expect(search("linux", { ...conda, CONDA_DEFAULT_ENV: "nets" }).slice(0, 2)).toEqual([
      "/conda/share/jupyter",
      user,
    ])
    expect(search("linux", { HOME: "/h", JUPYTER_PREFER_ENV_PATH: "" }, "/py").slice(0, 2)).toEqual([
      "/py/share/jupyter",
      user,
    ])
  })

  it("has Windows' common folder only on demand, as every user may write there", () => {
    const env = { ...windows, PROGRAMDATA: "C:\\ProgramData", JUPYTER_PATH: "D:\\a;E:\\b" }
    const user = ["C:\\Users\\me\\AppData\\Roaming\\jupyter"]
    const base = ["C:\\Users\\me\\AppData\\Roaming\\Python\\share\\jupyter"]
    expect(search("win32", env)).toEqual(["D:\\a", "E:\\b", ...user, ...base])
    expect(search("win32", { ...env, JUPYTER_USE_PROGRAMDATA: "1" }).at(-1)).toBe("C:\\ProgramData\\jupyter")
    expect(search("win32", env, "C:\\Python").at(-1)).toBe("C:\\Python\\share\\jupyter")
  })

  it("is Jupyter's own in every surrounding of this system", () => {
    const home = mkdtempSync(join(tmpdir(), "prelab-home-"))
    const python = binary(environment, "python")
    const surroundings: NodeJS.ProcessEnv[] = [
      {},
      { XDG_DATA_HOME: join(home, "xdg") },
      { JUPYTER_DATA_DIR: join(home, "data"), JUPYTER_PATH: `${home}/a/:${home}/b` },
      { JUPYTER_PREFER_ENV_PATH: "no" },
      { JUPYTER_PREFER_ENV_PATH: "1" },
      { JUPYTER_PLATFORM_DIRS: "1" },
      { JUPYTER_PLATFORM_DIRS: "1", XDG_DATA_HOME: join(home, "xdg"), XDG_DATA_DIRS: "/s:/t" },
    ]
    for (const more of surroundings) {
      const env = { HOME: home, PATH: "/usr/bin:/bin", ...more }
      const question = "import json, jupyter_core.paths as p; print(json.dumps(p.jupyter_path('kernels')))"
      const { stdout } = spawnSync(python, ["-c", question], { encoding: "utf8", env })
      expect(kernelSearchPath({ env, platform: process.platform, prefix: environment })).toEqual(
        JSON.parse(stdout),
      )
    }
    rmSync(home, { recursive: true })
  })
})
