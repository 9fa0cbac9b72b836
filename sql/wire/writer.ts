// Writes messages of the Postgres protocol, version 3, into one buffer, so that a request, or all requests of
// one event-loop turn, leave in a single write. Parameters and results are in text format.

import { createMessageBuffer } from './buffer.ts'

export interface Writer {
  parse(name: string, text: string): void
  bind(statement: string, values: readonly (string | null)[]): void
  execute(): void
  closeStatement(name: string): void
  sync(): void
  /** Bytes written and not yet taken. */
  size(): number
  /** Discards everything written beyond `size`: for a request that turns out to be unencodable half-way. */
  truncate(size: number): void
  /** The bytes written so far. `giveBack` returns their memory once the socket is done with them. */
  take(): { readonly bytes: Buffer; readonly giveBack: () => void }
}

/** The protocol counts them in 16 bits. */
const MOST_VALUES = 65_535

const code = (letter: string): number => letter.charCodeAt(0)
const PARSE = code('P')
const BIND = code('B')
const CLOSE = code('C')
const STATEMENT_BYTES = Buffer.from([code('S')])
/** Unnamed portal, all rows. */
const EXECUTE_BYTES = Buffer.from([code('E'), 0, 0, 0, 9, 0, 0, 0, 0, 0])
const SYNC_BYTES = Buffer.from([code('S'), 0, 0, 0, 4])

export const createWriter = (): Writer => {
  const { begin, finish, int16, cString, value, raw, size, truncate, take } = createMessageBuffer()
  return {
    parse: (name, text) => {
      const at = begin(PARSE)
      cString(name)
      cString(text)
      int16(0)
      finish(at)
    },
    bind: (statement, values) => {
      if (values.length > MOST_VALUES) {
        throw new Error(`A statement takes at most ${MOST_VALUES} values; this one has ${values.length}.`)
      }
      const at = begin(BIND)
      cString('')
      cString(statement)
      // No format codes: every parameter and every result column is text.
      int16(0)
      int16(values.length)
      for (const each of values) value(each)
      int16(0)
      finish(at)
    },
    execute: () => raw(EXECUTE_BYTES),
    closeStatement: (name) => {
      const at = begin(CLOSE)
      raw(STATEMENT_BYTES)
      cString(name)
      finish(at)
    },
    sync: () => raw(SYNC_BYTES),
    size,
    truncate,
    take,
  }
}
