// UUIDs: validates them before Postgres parses one, generates new ones, and derives those of things that have
// no row of their own.

import { hash, randomBytes } from 'node:crypto'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isUuid = (text: string): boolean => UUID.test(text)

const format = (bytes: Buffer, version: number): string => {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** Version 7 of RFC 9562: 48 bits of milliseconds, the rest random. */
export const newUuid = (nowMs = Date.now()): string => {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  return format(bytes, 7)
}

/** Version 8: the same text always has the same id. `tenantry.derived_id` computes the same in Postgres. */
export const derivedUuid = (text: string): string => format(hash('sha256', text, 'buffer').subarray(0, 16), 8)
