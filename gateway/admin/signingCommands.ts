// Commands about the keys that sign tokens, and the one that they are encrypted under.

import { rotateSigningKey } from '../auth/signing.ts'
import type { Command } from './command.ts'
import { rotateSecretKey, rotationLines } from './setup/rotateSecretKey.ts'

const rotate: Command = {
  summary: 'Sign new tokens with a new key; existing tokens stay valid',
  arguments: [],
  run: async ({ pool, keyring }) => {
    const kid = await rotateSigningKey(pool, keyring)
    return {
      json: { kid },
      text: `New tokens are signed with ${kid}; earlier tokens stay valid.`,
    }
  },
}

const rotateSecret: Command = {
  summary: 'Re-encrypt everything that is still encrypted with SECRET_KEY_PREVIOUS with SECRET_KEY',
  arguments: [],
  run: async ({ pool, keyring }) => {
    const rotation = await rotateSecretKey(pool, keyring)
    return {
      json: rotation,
      text: rotationLines(rotation).join('\n'),
      hasFailed: rotation.unopened.length + rotation.waitsFor.length > 0,
    }
  },
}

export const SIGNING_COMMANDS: readonly (readonly [string, Command])[] = [
  ['signing rotate', rotate],
  ['secret-key rotate', rotateSecret],
]
