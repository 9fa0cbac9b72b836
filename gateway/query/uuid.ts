// Ids made by the gateway: UUIDs of version 7 (RFC 9562 §5.7) that rise within a process, so that the records of a batch sort as
// they were given. Made here where a statement has to know the id before the record exists.

import { randomFillSync } from 'node:crypto'

const COUNTER_BITS = 12
const bytes = Buffer.alloc(10)
let last = 0n

const hex = (value: bigint, digits: number): string => value.toString(16).padStart(digits, '0')

/** @param nowMs milliseconds since 1970 */
export const uuidv7 = (nowMs: number = Date.now()): string => {
  // Milliseconds and a counter as one number (method 1 of RFC 9562 §6.2): a burst borrows from the next millisecond.
  const started = BigInt(nowMs) << BigInt(COUNTER_BITS)
  last = started > last ? started : last + 1n
  randomFillSync(bytes)
  const random = bytes.toString('hex')
  const variant = (0x8 | ((bytes[0] ?? 0) & 0x3)).toString(16)
  const time = hex(last >> BigInt(COUNTER_BITS), 12)
  const counter = hex(last & 0xfffn, 3)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${variant}${random.slice(2, 5)}-${random.slice(5, 17)}`
}
