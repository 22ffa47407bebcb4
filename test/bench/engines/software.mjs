// Graphics cards made of software: right, slow, and no measure for a real one.

/** @typedef {import("./contestant.mjs").Contestant} Contestant */
/** @typedef {import("./contestant.mjs").Ran} Ran */

/** @param {string} [adapter] */
export function isSoftware(adapter = "") {
  return /swiftshader|llvmpipe|lavapipe|basic render/i.test(adapter)
}

/**
 * Who does not say what it runs on has it from its surroundings.
 * @param {{ contestant: Contestant, ran?: Ran }} entry
 */
export function isOnSoftware({ contestant, ran }) {
  return isSoftware(ran?.detail) || (contestant.wantsCard === true && contestant.hasCard === false)
}
