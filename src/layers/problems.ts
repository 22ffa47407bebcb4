import { PrelabError } from "../error.js"

/** A layer type that prelab cannot run: the net still loads, shows and runs up to it. */
export class UnsupportedLayer extends PrelabError {}

/** A layer whose parameter blobs were not loaded: the net still shows. */
export class MissingWeights extends PrelabError {}
