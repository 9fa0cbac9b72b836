// A position in the feed as text that survives a URL and an SSE `id` line. It is signed for its workspace, so
// a client can neither invent one nor use one of another workspace.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FeedPosition } from '../../tenants/changes/feed.ts'
import type { Keyring } from '../auth/keyring.ts'
import { badInput } from '../error/problem.ts'

export interface Positions {
  readonly write: (workspaceId: string, position: FeedPosition) => string
  /** Throws Problem BAD_USER_INPUT for text that is not a position of the workspace. */
  readonly read: (workspaceId: string, text: string) => FeedPosition
}

const SIGNATURE_BYTES = 12
const FORMAT = /^(\d{1,15})\.(\d{1,19})(?:\.(\d{1,15})\.(\d{1,19})\.(\d{1,19}))?-([\w-]{16})$/

const textOf = ({ after, partial }: FeedPosition): string =>
  [after.number, after.token, ...(partial ? [partial.upTo.number, partial.upTo.token, partial.id] : [])].join(
    '.',
  )

export const createPositions = (keyring: Pick<Keyring, 'active' | 'all'>): Positions => {
  const sign = (secretKey: string, workspaceId: string, text: string): Buffer =>
    createHmac('sha256', secretKey)
      .update(`tenantry position ${workspaceId} ${text}`)
      .digest()
      .subarray(0, SIGNATURE_BYTES)
  return {
    write: (workspaceId, position) => {
      const text = textOf(position)
      return `${text}-${sign(keyring.active(), workspaceId, text).toString('base64url')}`
    },
    read: (workspaceId, given) => {
      const [, number, token = '', upTo, upToToken = '', id = '', signature = ''] = FORMAT.exec(given) ?? []
      const text = given.slice(0, -signature.length - 1)
      const isSigned = (key: string): boolean =>
        timingSafeEqual(Buffer.from(signature, 'base64url'), sign(key, workspaceId, text))
      if (number === undefined || !keyring.all.some(isSigned))
        throw badInput(
          `'${given.slice(0, 100)}' is not a position of this workspace. Use a position from a response, 'now' or 'oldest'`,
          'INVALID_POSITION',
        )
      const after = { number: Number(number), token }
      return upTo === undefined
        ? { after }
        : { after, partial: { upTo: { number: Number(upTo), token: upToToken }, id } }
    },
  }
}
