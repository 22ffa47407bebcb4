/**
 * Calls `gone` once the process that started this kernel has died: a crashed server must not leave kernels behind.
 * Jupyter names it in JPY_PARENT_PID; where that is our own parent, being adopted by another one means the same.
 */
export function watchParent(
  gone: () => void,
  pid = Number(process.env.JPY_PARENT_PID),
  everyMs = 1000,
): void {
  if (!Number.isInteger(pid) || pid <= 0) return
  const isOurParent = process.ppid === pid
  const timer = setInterval(() => {
    if (isAlive(pid) && !(isOurParent && process.ppid !== pid)) return
    clearInterval(timer)
    gone()
  }, everyMs)
  timer.unref()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, as another user.
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}
