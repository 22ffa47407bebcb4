/** What a peer may not say. It ends that peer's connection, and nothing else. */
export class ProtocolViolation extends Error {}
