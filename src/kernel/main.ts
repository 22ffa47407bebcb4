import { startKernel } from "./start-kernel.js"

// The bare kernel: `node dist/kernel/main.js CONNECTION_FILE [SPECIFIER MODULE PACKAGE_ROOT]`, without the library
// around it unless one is named. The `prelab` command starts it with its own.
const [connectionFile, module, file, packageRoot] = process.argv.slice(2)
if (!connectionFile) {
  process.stderr.write("usage: main.js CONNECTION_FILE [SPECIFIER MODULE PACKAGE_ROOT]\n")
  process.exit(2)
}
try {
  const namespace = file ? await import(file) : undefined
  await startKernel({
    connectionFile,
    ...(module && packageRoot ? { helpers: { module, namespace, packageRoot } } : {}),
  })
} catch (error) {
  process.stderr.write(`prelab: ${error instanceof Error ? error.message : error}\n`)
  process.exit(2)
}
