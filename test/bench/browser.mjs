export async function bench(/** @type {string[]} */ _args) {}
