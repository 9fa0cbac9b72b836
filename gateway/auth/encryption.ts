// Encrypts small secrets under SECRET_KEY: nonce (12 bytes), AES-256-GCM ciphertext, tag (16 bytes). The
// purpose is part of both the derived key and the authenticated data, so that a ciphertext for one purpose is
// invalid for another.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

const keyFor = (secretKey: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, 'tenantry', purpose, KEY_BYTES))

export const encrypt = (secretKey: string, purpose: string, plain: Uint8Array): Buffer => {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, keyFor(secretKey, purpose), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(purpose))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Throws if the secret or the purpose differs, or the bytes were changed. */
export const decrypt = (secretKey: string, purpose: string, encrypted: Uint8Array): Buffer => {
  const end = encrypted.byteLength - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, keyFor(secretKey, purpose), encrypted.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(Buffer.from(purpose))
  decipher.setAuthTag(encrypted.subarray(end))
  return Buffer.concat([decipher.update(encrypted.subarray(NONCE_BYTES, end)), decipher.final()])
}
