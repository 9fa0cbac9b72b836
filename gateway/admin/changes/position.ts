// A position in the changes of all workspaces as text that survives a URL and an SSE `id` line. It is signed,
// so nothing in it can be invented.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { HostPosition } from '../../../tenants/changes/hostFeed.ts'
import type { Keyring } from '../../auth/keyring.ts'
import { badInput } from '../../error/problem.ts'

export interface HostPositions {
  readonly write: (position: HostPosition) => string
  /** Throws Problem BAD_USER_INPUT for text that is not a position. */
  readonly read: (text: string) => HostPosition
}

const SIGNATURE_BYTES = 12
const FORMAT = /^([\w-]{1,8000})\.([\w-]{16})$/

const invalid = (given: string) =>
  badInput(
    `'${given.slice(0, 100)}' is not a position of /admin/changes. Use a position from a response, 'now' or 'oldest'`,
    'INVALID_POSITION',
  )

export const createHostPositions = (keyring: Pick<Keyring, 'active' | 'all'>): HostPositions => {
  const sign = (secretKey: string, text: string): Buffer =>
    createHmac('sha256', secretKey)
      .update(`tenantry host position ${text}`)
      .digest()
      .subarray(0, SIGNATURE_BYTES)
  return {
    write: (position) => {
      const text = Buffer.from(JSON.stringify(position)).toString('base64url')
      return `${text}.${sign(keyring.active(), text).toString('base64url')}`
    },
    read: (given) => {
      const [, text = '', signature = ''] = FORMAT.exec(given) ?? []
      const isSigned = (key: string): boolean =>
        timingSafeEqual(Buffer.from(signature, 'base64url'), sign(key, text))
      if (text === '' || !keyring.all.some(isSigned)) throw invalid(given)
      return JSON.parse(Buffer.from(text, 'base64url').toString())
    },
  }
}
