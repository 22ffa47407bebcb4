/** Written by the bundler: there is no package.json to read as early as this. */
declare const versionInBrowser: string

export const version: string = versionInBrowser
