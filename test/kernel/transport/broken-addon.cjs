// Preloaded into a process, this makes it one in which no native addon loads, as on a machine that none is built for.
process.dlopen = () => {
  throw new Error("invalid ELF header")
}
