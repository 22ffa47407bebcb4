import type { Mimebundle } from "../dict.js"
import { showArrow } from "./arrow.js"
import { showBytes } from "./bytes.js"
import { showCanvas } from "./canvas.js"
import { showElement } from "./element.js"
import { showError } from "./error-value.js"
import { showFunction } from "./function-value.js"
import { showGeoJson } from "./geo-json.js"
import { showImage } from "./image-bytes.js"
import { showMap, showSet } from "./map-and-set.js"
import { showOwnMethods } from "./own-methods.js"
import { cutText, plainText } from "./plain-text.js"
import { showRows } from "./rows.js"
import type { Specimen } from "./specimen.js"
import { showTensor } from "./tensor.js"
import { showTypedArray } from "./typed-array.js"
import { showVega } from "./vega.js"

/** The value's MIME bundle, richest first and without text/plain where Node's own text is good; or not its kind. */
export type Recognizer = (specimen: Specimen) => Mimebundle | Promise<Mimebundle | undefined> | undefined

/**
 * What cells show as more than text. The first that knows a value shows it: a value's own methods, then what the
 * engine knows of it, then what its properties say. To add one: write its file, add it here.
 */
const recognizers: readonly Recognizer[] = [
  showOwnMethods,
  showImage,
  showBytes,
  showTypedArray,
  showMap,
  showSet,
  showError,
  showRows,
  showCanvas,
  showElement,
  showVega,
  showArrow,
  showTensor,
  showGeoJson,
  showFunction,
]

/** The bundle of an object that does not show itself. */
export function recognize(specimen: Specimen): Mimebundle | Promise<Mimebundle> {
  const { value } = specimen
  if (!specimen.answersEverything) {
    for (const recognizer of recognizers) {
      const shown = tryOne(recognizer, specimen)
      if (shown instanceof Promise)
        return shown.then(
          (bundle) => withText(bundle, value),
          () => withText(undefined, value),
        )
      if (shown) return withText(shown, value)
    }
  }
  return withText(undefined, value)
}

/** A value that lies about its shape makes a recognizer fail; it is no such value then. */
function tryOne(recognizer: Recognizer, specimen: Specimen): ReturnType<Recognizer> {
  try {
    return recognizer(specimen)
  } catch {
    return undefined
  }
}

function withText(bundle: Mimebundle | undefined, value: object): Mimebundle {
  const text = bundle?.["text/plain"]
  return { ...bundle, "text/plain": typeof text === "string" ? cutText(text) : plainText(value) }
}
