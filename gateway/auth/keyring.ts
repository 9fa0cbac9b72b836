// SECRET_KEY and, while it is replaced, the key before. What was protected under either one opens. New values
// are protected under the previous key until `tenantry secret-key rotate`, so that gateways that have the
// previous key alone open them too. encryptedColumns.ts encrypts the ones that are stored.

import { fingerprintOf } from '../../sql/gatewayLogin.ts'

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

/** Public names of the keys, to compare with stored ones. */
export const fingerprintsOf = ({ secretKey, previousSecretKey }: Keyring) => ({
  current: fingerprintOf(secretKey),
  previous: previousSecretKey === null ? null : fingerprintOf(previousSecretKey),
})
