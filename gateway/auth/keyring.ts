// SECRET_KEY and, while it is replaced, the key before. What was protected under either one opens. New values
// are protected under the previous key until `tenantry secret-key rotate`, so that gateways that have the
// previous key alone open them too.

import { fingerprintOf } from '../../sql/gatewayLogin.ts'
import { decrypt, encrypt } from './encryption.ts'

export interface Keyring {
  readonly secretKey: string
  readonly previousSecretKey: string | null
  /** The current one first. */
  readonly all: readonly string[]
  /** The one that protects new values. */
  readonly active: () => string
  /** Called with the key that opened the stored signing key. */
  readonly activate: (secretKey: string) => void
}

export const createKeyring = (secretKey: string, previousSecretKey: string | null = null): Keyring => {
  const previous = previousSecretKey === secretKey ? null : previousSecretKey
  let active = secretKey
  return {
    secretKey,
    previousSecretKey: previous,
    all: previous === null ? [secretKey] : [secretKey, previous],
    active: () => active,
    activate: (opened) => {
      active = opened
    },
  }
}

export const encryptWith = (keyring: Keyring, purpose: string, plain: Uint8Array): Buffer =>
  encrypt(keyring.active(), purpose, plain)

interface Decrypted {
  readonly plain: Buffer
  readonly openedBy: string
}

/** Throws the current key's error if none of the keys opens it. */
export const decryptWith = (
  keyring: Pick<Keyring, 'all'>,
  purpose: string,
  encrypted: Uint8Array,
): Decrypted => {
  let failure: unknown
  for (const key of keyring.all) {
    try {
      return { plain: decrypt(key, purpose, encrypted), openedBy: key }
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

/** The same value under the current key; null: it is already. Throws if no key opens it. */
export const reencrypted = (keyring: Keyring, purpose: string, encrypted: Uint8Array): Buffer | null => {
  const { plain, openedBy } = decryptWith(keyring, purpose, encrypted)
  return openedBy === keyring.secretKey ? null : encrypt(keyring.secretKey, purpose, plain)
}

/** Public names of the keys, to compare with stored ones. */
export const fingerprintsOf = ({ secretKey, previousSecretKey }: Keyring) => ({
  current: fingerprintOf(secretKey),
  previous: previousSecretKey === null ? null : fingerprintOf(previousSecretKey),
})
