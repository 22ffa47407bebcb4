import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from "node:crypto"
import { PrelabError } from "../../error.js"

/** The gateway's name for this form of the message. */
const version = 1

/**
 * Connection information as Enterprise Gateway reads it (`_decode_payload` of its processproxy.py): JSON under a fresh
 * AES key, that key under the gateway's public one, both in a JSON document, each step in base64.
 * @throws PrelabError for what is no public key
 */
export function encryptConnection(connection: object, publicKey: string): string {
  const aesKey = randomBytes(16)
  const cipher = createCipheriv("aes-128-ecb", aesKey, null)
  const encrypted = Buffer.concat([cipher.update(JSON.stringify(connection)), cipher.final()])
  const document = {
    version,
    key: encryptKey(aesKey, publicKey).toString("base64"),
    conn_info: encrypted.toString("base64"),
  }
  return Buffer.from(JSON.stringify(document)).toString("base64")
}

/** The public key comes as the one long line between the lines of its PEM file. */
function encryptKey(aesKey: Buffer, publicKey: string): Buffer {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" })
    return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, aesKey)
  } catch (cause) {
    throw new PrelabError("not an RSA public key", publicKey, { cause })
  }
}
