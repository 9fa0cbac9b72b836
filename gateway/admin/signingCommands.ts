// Commands about the keys that sign tokens.

import { rotateSigningKey } from '../auth/signing.ts'
import type { Command } from './command.ts'

const rotate: Command = {
  summary: 'Sign new tokens with a new key; existing tokens stay valid',
  arguments: [],
  run: async ({ pool, secretKey }) => {
    const kid = await rotateSigningKey(pool, secretKey)
    return {
      json: { kid },
      text: `New tokens are signed with ${kid}; tokens signed before go on working.`,
    }
  },
}

export const SIGNING_COMMANDS: readonly (readonly [string, Command])[] = [['signing rotate', rotate]]
