// Ids made by the gateway: UUIDs of version 7 (RFC 9562 §5.7) that rise within a process, so that the records
// of a batch sort as they were given. Made here where a statement has to know the id before the record
// exists.

import { randomUUID } from 'node:crypto'

const COUNTER_MAX = 0xfff
let lastMs = 0
let counter = 0
/** The milliseconds, up to the digit that is the version. */
let time = ''

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const advance = (toMs: number): void => {
  lastMs = toMs
  counter = 0
  const digits = hex(toMs, 12)
  time = `${digits.slice(0, 8)}-${digits.slice(8)}-7`
}

/** @param nowMs milliseconds since 1970 */
export const uuidv7 = (nowMs: number = Date.now()): string => {
  // A counter beside the milliseconds (method 1 of RFC 9562 §6.2): a burst borrows from the next millisecond.
  if (nowMs > lastMs) advance(nowMs)
  else if (counter < COUNTER_MAX) counter += 1
  else advance(lastMs + 1)
  // From the variant on a random UUID is made alike, out of a store of random bytes: to ask for ten of them
  // each time takes ten times as long.
  return time + hex(counter, 3) + randomUUID().slice(18)
}
