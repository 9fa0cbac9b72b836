// Writes messages of the Postgres protocol, version 3, into one growing buffer, so that a request, or all
// requests of one event-loop turn, leave in a single write. Two buffers take turns: one is filled while the
// socket sends the other. Parameters and results are in text format.

/** Type byte and length. */
const HEADER_BYTES = 5
const INITIAL_BYTES = 16 * 1024
/** Largest buffer that is kept; a bigger one, grown by one giant request, is dropped. */
const KEPT_BYTES = 256 * 1024
/** A UTF-16 code unit takes at most three bytes in UTF-8. */
const UTF8_BYTES_PER_UNIT = 3

interface MessageBuffer {
  /** Starts a message. @returns the position of its length, for `finish` */
  begin(type: number): number
  finish(lengthAt: number): void
  int16(value: number): void
  cString(text: string): void
  /** A value with its length in front; null has the length -1. */
  value(text: string | null): void
  raw(bytes: Buffer): void
  size(): number
  truncate(size: number): void
  take(): { readonly bytes: Buffer; readonly giveBack: () => void }
}

/** One buffer kept for reuse. */
const createSpare = () => {
  let kept: Buffer | null = null
  return {
    next: (): Buffer => {
      const buffer = kept ?? Buffer.allocUnsafeSlow(INITIAL_BYTES)
      kept = null
      return buffer
    },
    keep: (buffer: Buffer): void => {
      if (buffer.length <= KEPT_BYTES) kept = buffer
    },
  }
}

const createMessageBuffer = (): MessageBuffer => {
  let buffer: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  const spare = createSpare()
  let offset = 0

  const reserve = (bytes: number): void => {
    if (buffer.length - offset >= bytes) return
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, offset + bytes))
    buffer.copy(larger, 0, 0, offset)
    buffer = larger
  }
  return {
    begin: (type) => {
      reserve(HEADER_BYTES)
      buffer[offset] = type
      offset += HEADER_BYTES
      return offset - 4
    },
    finish: (lengthAt) => {
      buffer.writeInt32BE(offset - lengthAt, lengthAt)
    },
    int16: (value) => {
      reserve(2)
      offset = buffer.writeUInt16BE(value, offset)
    },
    cString: (text) => {
      if (text.includes('\0')) throw new Error('SQL text cannot contain a NUL character.')
      reserve(text.length * UTF8_BYTES_PER_UNIT + 1)
      offset += buffer.write(text, offset, 'utf8')
      buffer[offset++] = 0
    },
    value: (text) => {
      if (text === null) {
        reserve(4)
        offset = buffer.writeInt32BE(-1, offset)
        return
      }
      reserve(4 + text.length * UTF8_BYTES_PER_UNIT)
      const length = buffer.write(text, offset + 4, 'utf8')
      buffer.writeInt32BE(length, offset)
      offset += 4 + length
    },
    raw: (bytes) => {
      reserve(bytes.length)
      offset += bytes.copy(buffer, offset)
    },
    size: () => offset,
    truncate: (size) => {
      offset = size
    },
    take: () => {
      const taken = buffer
      const bytes = taken.subarray(0, offset)
      buffer = spare.next()
      offset = 0
      return { bytes, giveBack: () => spare.keep(taken) }
    },
  }
}

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
